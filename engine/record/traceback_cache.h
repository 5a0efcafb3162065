// Which tracebacks the consumer of a ring already knows: from a stack's 64-bit hash to a slot. On a miss the hook sends
// the frames through the ring under the slot. The consolidator keeps a mirror of this table, which is exact because
// events keep their order in the ring.
#pragma once

#include <cstdint>

#include "engine/ring/event.h"

namespace heapreel::engine {

class TracebackCache {
 public:
  static constexpr uint32_t kSets = 2048;
  static constexpr uint32_t kWays = 2;
  static constexpr uint32_t kSlots = kSets * kWays;
  static_assert(kSlots <= kDegradedStackSlot);

  // The slot of `hash`, most recent way first; kNoStackSlot on a miss.
  StackSlot find(uint64_t hash) const {
    const uint32_t set = set_of(hash);
    if (hashes_[set] == hash) return set;
    if (hashes_[set + 1] == hash) return set + 1;
    return kNoStackSlot;
  }

  // Whether `slot` is still the slot of `hash`.
  bool holds(StackSlot slot, uint64_t hash) const { return hashes_[slot] == hash; }

  // Gives `hash` a slot, which another hash may lose.
  StackSlot insert(uint64_t hash) {
    const uint32_t set = set_of(hash);
    const uint32_t way = hashes_[set] == 0 ? 0 : hashes_[set + 1] == 0 ? 1 : victim_++ & 1;
    hashes_[set + way] = hash;
    return set + way;
  }

  void clear() {
    for (uint64_t& hash : hashes_) hash = 0;
  }

 private:
  static uint32_t set_of(uint64_t hash) { return static_cast<uint32_t>(hash >> 20) % kSets * kWays; }

  uint64_t hashes_[kSlots];  // 0 = free; StackWalker never returns 0 for a stack
  uint32_t victim_;
};

}  // namespace heapreel::engine
