// Threads that allocate, move and free at random, each in address ranges of its own.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "engine/record/recorder.h"

namespace heapreel::testing {

class RandomHistory {
 public:
  RandomHistory(uint32_t thread, uint64_t seed) : base_(uintptr_t{0x10'0000'0000} * (thread + 1)), random_(seed) {}

  void step(int events) {
    for (int i = 0; i < events; ++i) {
      const uint64_t dice = pick(100);
      if (live_.empty() || dice < 50) {
        const uintptr_t p = fresh();
        engine::record_alloc(0, address(p), pick(5'000), stack());
        live_.push_back(p);
        continue;
      }
      const size_t victim = dice < 80 ? live_.size() - 1 - pick(std::min<size_t>(live_.size(), 8)) : pick(live_.size());
      const uintptr_t p = live_[victim];
      live_[victim] = live_.back();
      live_.pop_back();
      if (dice < 95) {
        engine::record_free(0, address(p));
        spare_.push_back(p);
      } else {
        const uintptr_t moved = dice < 97 ? p : fresh();
        engine::record_move(0, address(p), address(moved), pick(9'000), stack());
        if (moved != p) spare_.push_back(p);
        live_.push_back(moved);
      }
    }
  }

  // Some of the blocks are memory of the domain from now on.
  void make_heaps(engine::DomainIndex domain) {
    for (size_t block = 0; block < live_.size(); block += 7) engine::record_heap(domain, 0, address(live_[block]));
  }

 private:
  static const void* address(uintptr_t p) { return reinterpret_cast<const void*>(p); }

  uint64_t pick(uint64_t below) { return random_() % below; }

  uintptr_t fresh() {
    if (!spare_.empty() && pick(3) != 0) {
      const uintptr_t p = spare_.back();
      spare_.pop_back();
      return p;
    }
    return base_ += 16 * (1 + pick(40));
  }

  engine::GivenStack stack() {
    pcs_ = {0x400000 + pick(6), 0x500000 + pick(4), 0x600000};
    return {.pcs = pcs_.data(), .depth = static_cast<uint32_t>(pcs_.size()), .reached_bottom = true};
  }

  uintptr_t base_;
  std::mt19937_64 random_;
  std::vector<uintptr_t> live_;
  std::vector<uintptr_t> spare_;
  std::vector<uintptr_t> pcs_;
};

}  // namespace heapreel::testing
