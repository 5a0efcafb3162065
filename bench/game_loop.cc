// A game loop that allocates for real: what recorders of it write is compared by size.
//
//     game_loop [GAME_FRAMES [SURVIVE_PER_MILLE [LIVE_BLOCKS [GAME_FRAMES_PER_SECOND]]]]
//
// 5,000 blocks a game frame on 256 call stacks; all but so many in a thousand (200) die within it, the others live up
// to 60 game frames more, over a live set that stays (1,000,000). Paced at 60 game frames a second unless told
// otherwise; 0 = as fast as it goes.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

#include <heapreel/heapreel_weak.h>

namespace {

constexpr uint32_t kBlocksPerGameFrame = 5'000;
constexpr uint32_t kLongestLife = 60;
constexpr int kDepth = 8;

// Two callers a level: the bits of `path` choose, so that every path is a call stack of its own.
template <int kLevel>
[[gnu::noinline]] void* make(uint32_t path, size_t size) {
  if constexpr (kLevel == 0) {
    return std::malloc(size);
  } else {
    // The second call stands at another place; each result is written, so that neither is a tail call.
    void* volatile made = nullptr;
    if ((path & 1) != 0) {
      made = make<kLevel - 1>(path >> 1, size);
    } else {
      made = make<kLevel - 1>(path >> 1, size);
      __asm__ volatile("" ::: "memory");
    }
    return made;
  }
}

class GameLoop {
 public:
  GameLoop(uint32_t survive_per_mille, size_t live_blocks) : survive_per_mille_(survive_per_mille) {
    lasting_.reserve(live_blocks);
    while (lasting_.size() < live_blocks) lasting_.push_back(any_block());
  }

  void game_frame() {
    std::vector<void*>& dying = dying_[++now_ % kWheel];
    for (void* block : dying) std::free(block);
    dying.clear();
    for (uint32_t i = 0; i < kBlocksPerGameFrame; ++i) {
      void* block = any_block();
      if (random_() % 1'000 < survive_per_mille_) {
        dying_[(now_ + 1 + random_() % kLongestLife) % kWheel].push_back(block);
        continue;
      }
      // Dies after up to 64 more.
      std::swap(block, soon_[random_() % kSoon]);
      std::free(block);
    }
    for (void*& block : soon_) {
      std::free(block);
      block = nullptr;
    }
  }

 private:
  static constexpr uint32_t kWheel = 64;
  static constexpr uint32_t kSoon = 64;

  // A call stack has sizes of its own: half of them one, the others a range.
  void* any_block() {
    const uint32_t path = static_cast<uint32_t>(random_()) & ((1u << kDepth) - 1);
    const size_t size = 16 + path * 7 % 500 + (path % 2 == 0 ? 0 : random_() % 256);
    return make<kDepth>(path, size);
  }

  const uint32_t survive_per_mille_;
  std::mt19937_64 random_{1};
  uint64_t now_ = 0;
  std::vector<void*> lasting_;
  std::vector<void*> dying_[kWheel];
  void* soon_[kSoon] = {};
};

uint32_t argument(int argc, char** argv, int index, uint32_t otherwise) {
  return argc > index ? static_cast<uint32_t>(std::strtoul(argv[index], nullptr, 10)) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  const uint32_t game_frames = argument(argc, argv, 1, 600);
  const uint32_t per_second = argument(argc, argv, 4, 60);
  GameLoop loop(argument(argc, argv, 2, 200), argument(argc, argv, 3, 1'000'000));
  if (heapreel_present()) heapreel_game_frame();
  auto next = std::chrono::steady_clock::now();
  for (uint32_t i = 0; i < game_frames; ++i) {
    loop.game_frame();
    if (heapreel_present()) heapreel_game_frame();
    if (per_second == 0) continue;
    next += std::chrono::nanoseconds(1'000'000'000 / per_second);
    std::this_thread::sleep_until(next);
  }
  return 0;
}
