// What the game's own thread pays for recording a reel of itself, for valgrind's callgrind to count:
// in_process_reel_probe traced | in_process_reel_probe recorded FILE. in_process_reel_budget.py runs it.
#include <heapreel/heapreel.h>
#include <heapreel/heapreel_c.h>

#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "bench/callgrind_region.h"

namespace {

// The same allocations in every run: most die in their game frame, some live on for a while.
class Game {
 public:
  [[gnu::noinline]] void play() {
    std::vector<void*> soon(kBlocks);
    for (void*& block : soon) block = make(static_cast<int>(random_() % 8));
    for (void* block : soon) {
      if (random_() % 5 != 0) {
        std::free(block);
      } else {
        kept_.push_back(block);
      }
    }
    while (kept_.size() > kMostKept) {
      std::free(kept_.back());
      kept_.pop_back();
    }
  }

 private:
  static constexpr size_t kBlocks = 2'500;
  static constexpr size_t kMostKept = 20'000;

  [[gnu::noinline]] void* make(int depth) {
    void* block = depth > 0 ? make(depth - 1) : std::malloc(16 + random_() % 300);
    asm volatile("" : "+r"(block));
    return block;
  }

  std::mt19937 random_{7};
  std::vector<void*> kept_;
};

}  // namespace

int main(int argc, char** argv) {
  heapreel::StartOptions options;
  options.frame_every_ms = 0;
  if (argc > 2 && !std::strcmp(argv[1], "recorded")) {
    options.reel = argv[2];
    options.every_game_frame = true;
  }
  heapreel::start(options);
  Game game;
  for (int i = 0; i < 40; ++i) {
    const auto game_frame = [&game] {
      game.play();
      heapreel_game_frame();
    };
    if (i < 10) {
      game_frame();
    } else {
      heapreel::bench::count(game_frame);
    }
    // However slow the other threads are, this one finds room for its events.
    static_cast<void>(heapreel::get_traced_memory());
  }
  heapreel::stop();
}
