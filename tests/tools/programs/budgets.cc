// A game of as many game frames as argv[1] says, with budgets, of which every allocation is known: Textures take 1,000
// bytes a game frame and keep them; Physics/Solver allocates nothing, but 3 blocks in game frame 2 and 5 in game frame
// 4, and frees them.
#define HEAPREEL_ENABLE
#define HEAPREEL_WEAK
#include <heapreel/engine.h>

#include <cstdlib>

namespace {

using namespace heapreel::literals;

HEAPREEL_BUDGET("Physics", .allocs_per_game_frame = 0);
HEAPREEL_BUDGET("Textures", .live_bytes = 512_MiB);

constexpr int kMost = 1'000;
void* textures[kMost];

void solve(int blocks) {
  HEAPREEL_TAG("Physics/Solver");
  void* scratch[kMost];
  for (int i = 0; i < blocks; ++i) scratch[i] = std::malloc(50);
  for (int i = 0; i < blocks; ++i) std::free(scratch[i]);
}

void load_texture(int number) {
  HEAPREEL_TAG("Textures");
  textures[number] = std::malloc(1'000);
}

}  // namespace

int main(int argc, char** argv) {
  const int game_frames = argc > 1 ? std::atoi(argv[1]) : 6;
  for (int number = 0; number < game_frames && number < kMost; ++number) {
    if (number == 1) {
      HEAPREEL_BUDGET("domain:Pool", .alloc_bytes_per_game_frame = 64_KiB, .live_bytes = 1'000);
    }
    solve(number == 2 ? 3 : number == 4 ? 5 : 0);
    load_texture(number);
    HEAPREEL_GAME_FRAME();
  }
  return 0;
}
