// An open-addressing index from a hash to a dense id. The caller compares what the id stands for.
#pragma once

#include <cstdint>

#include "engine/memory/range_pool.h"

namespace heapreel::engine {

// Owner: the holder of the consolidation lock.
class InternIndex {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  explicit InternIndex(RangePool& ranges) : ranges_(ranges) {}
  InternIndex(const InternIndex&) = delete;
  InternIndex& operator=(const InternIndex&) = delete;

  bool open() { return slots_ != nullptr || resize(kFirstSlots); }

  // The id with this hash for which `same(id)` is true; kNone when there is none.
  template <class Same>
  uint32_t find(uint64_t hash, Same&& same) const {
    for (uint32_t at = static_cast<uint32_t>(hash) & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      if (slot.id_plus_one == 0) return kNone;
      if (slot.hash_high == static_cast<uint32_t>(hash >> 32) && same(slot.id_plus_one - 1))
        return slot.id_plus_one - 1;
    }
  }

  // `hash_of(id)` gives the full hash of any id in the index. False when memory is used up.
  template <class HashOf>
  bool add(uint64_t hash, uint32_t id, HashOf&& hash_of) {
    if (count_ * 2 > mask_) {
      Slot* before = slots_;
      const uint32_t slots_before = mask_ + 1;
      if (!resize(slots_before * 2)) return false;
      for (uint32_t at = 0; at < slots_before; ++at) {
        if (before[at].id_plus_one != 0) place(hash_of(before[at].id_plus_one - 1), before[at].id_plus_one - 1);
      }
      release(before, slots_before);
    }
    place(hash, id);
    ++count_;
    return true;
  }

  uint64_t bytes_in_use() const { return slots_ == nullptr ? 0 : (mask_ + uint64_t{1}) * sizeof(Slot); }

  void clear() {
    if (slots_ != nullptr) StoreMemory::release(slots_, (mask_ + size_t{1}) * sizeof(Slot));
    count_ = 0;
  }

 private:
  struct Slot {
    uint32_t id_plus_one;
    uint32_t hash_high;
  };
  static constexpr uint32_t kFirstSlots = 512;

  bool resize(uint32_t slots) {
    auto* fresh = static_cast<Slot*>(ranges_.take(slots * sizeof(Slot)));
    if (fresh == nullptr) return false;
    StoreMemory::account(static_cast<ptrdiff_t>(slots * sizeof(Slot)));
    slots_ = fresh;
    mask_ = slots - 1;
    return true;
  }

  void release(Slot* slots, uint32_t count) {
    ranges_.give_back(slots, count * sizeof(Slot));
    StoreMemory::account(-static_cast<ptrdiff_t>(count * sizeof(Slot)));
  }

  void place(uint64_t hash, uint32_t id) {
    uint32_t at = static_cast<uint32_t>(hash) & mask_;
    while (slots_[at].id_plus_one != 0) at = (at + 1) & mask_;
    slots_[at] = {id + 1, static_cast<uint32_t>(hash >> 32)};
  }

  RangePool& ranges_;
  Slot* slots_ = nullptr;
  uint32_t mask_ = 0;
  uint32_t count_ = 0;
};

}  // namespace heapreel::engine
