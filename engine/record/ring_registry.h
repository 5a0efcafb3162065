// All recorders that were ever made, in that order. They are never freed, so that an index stays valid as long as the
// arena. Zeroed memory is an empty registry. It is never constructed, because that would touch all of it.
//
// Sync edges:
//   [registry.add]  slots_: release in add -> acquire in at. Carries the recorder.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/record/recorder_state.h"

namespace heapreel::engine {

class RingRegistry {
 public:
  static constexpr uint32_t kMost = 1 << 16;

  // False when full: the thread cannot be traced.
  bool add(Recorder* recorder) {
    // seq_cst: see count()
    const uint32_t place = count_.fetch_add(1, std::memory_order_seq_cst);
    if (place >= kMost) {
      // relaxed: as above.
      count_.fetch_sub(1, std::memory_order_relaxed);
      return false;
    }
    // [registry.add] release; a cut that misses it misses everything that the ring's owner publishes after it
    slots_[place].store(recorder, std::memory_order_release);
    return true;
  }

  // How many places are taken. A cut that begins after an add() has returned counts that recorder.
  uint32_t count() const {
    // seq_cst: pairs with the adding thread's store and the cut's fence.
    const uint32_t taken = count_.load(std::memory_order_seq_cst);
    return taken < kMost ? taken : kMost;
  }

  // Null when the place is being filled at this moment: such a ring holds nothing that a cut must have.
  Recorder* at(uint32_t place) const {
    // [registry.add] acquire
    return slots_[place].load(std::memory_order_acquire);
  }

 private:
  std::atomic<uint32_t> count_;
  std::atomic<Recorder*> slots_[kMost];
};

}  // namespace heapreel::engine
