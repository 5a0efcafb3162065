// The allocation pattern of a game, as events: every game frame so many allocations, of which most die within it, some
// after up to 60 game frames, and some replace a random old block of the live set.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "bench/tracer_setup.h"

namespace heapreel::bench {

class GameLoad {
 public:
  GameLoad(uint64_t live_blocks, uint32_t stacks) : blocks_(live_blocks) {
    for (uint32_t i = 0; i < stacks; ++i) {
      std::vector<uintptr_t> pcs;
      for (uintptr_t frame = 0; frame < 12; ++frame) pcs.push_back(0x40'0000 + (i >> (frame / 3)) * 64 + frame);
      stacks_.push_back(pcs);
    }
    for (uint64_t& block : blocks_) {
      alloc(block = fresh());
      if (block % 100'000 == 0) TracerSetup::round();
    }
    TracerSetup::round();
  }

  // `events` allocations and frees, half of each. Returns how many were issued.
  uint64_t game_frame(uint32_t events) {
    uint64_t issued = 0;
    for (uint32_t i = 0; i < events / 2; ++i, issued += 2) {
      const uint64_t kind = random_() % 10;
      if (kind == 0) {  // replaces an old block
        uint64_t& victim = blocks_[random_() % blocks_.size()];
        free(victim);
        alloc(victim = fresh());
      } else if (kind == 1) {  // lives some game frames
        alloc(later_.emplace_back(fresh()));
        const size_t lives = 60 * events / 20;
        if (later_.size() > lives) {
          free(later_[later_.size() - lives]);
          later_[later_.size() - lives] = later_.back();
          later_.pop_back();
        } else {
          --issued;
        }
      } else {  // dies soon
        alloc(soon_.emplace_back(fresh()));
        if (soon_.size() < 64) {
          --issued;
          continue;
        }
        const size_t at = random_() % soon_.size();
        free(soon_[at]);
        soon_[at] = soon_.back();
        soon_.pop_back();
      }
    }
    return issued;
  }

 private:
  uint64_t fresh() { return next_++; }
  // Addresses come again as an allocator's do: the granule of a block number, modulo four times the live set.
  const void* address(uint64_t block) const {
    return reinterpret_cast<const void*>(0x7000'0000'0000 + block % (blocks_.size() * 4) * 64);
  }
  void alloc(uint64_t block) {
    const auto& pcs = stacks_[block * 7 % stacks_.size()];
    engine::record_alloc(0, address(block), 16 + block % 240,
                         engine::GivenStack{pcs.data(), static_cast<uint32_t>(pcs.size()), true});
  }
  void free(uint64_t block) const { engine::record_free(0, address(block)); }

  std::mt19937_64 random_{7};
  std::vector<uint64_t> blocks_;
  std::vector<uint64_t> soon_;
  std::vector<uint64_t> later_;
  std::vector<std::vector<uintptr_t>> stacks_;
  uint64_t next_ = 0;
};

}  // namespace heapreel::bench
