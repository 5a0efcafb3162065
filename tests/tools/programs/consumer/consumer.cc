// A program of somebody else's that links the installed heapreel: traces itself, and says what it found.
#include <heapreel/engine.h>
#include <heapreel/heapreel.h>

#include <cstdio>
#include <cstdlib>

int main() {
  heapreel::start(16);
  void* const kept = std::malloc(12'345);
  void* aligned = nullptr;
  if (posix_memalign(&aligned, 4096, 54'321) != 0) return 1;
  HEAPREEL_GAME_FRAME();
  size_t blocks = 0;
  for (const heapreel::Statistic& line : heapreel::take_snapshot().statistics(heapreel::KeyType::traceback)) {
    if (line.size == 12'345 || line.size == 54'321) ++blocks;
  }
  std::free(kept);
  std::free(aligned);
  std::printf("%zu blocks found\n", blocks);
  return blocks == 2 ? 0 : 1;
}
