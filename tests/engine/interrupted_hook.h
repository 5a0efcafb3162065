// A hook that a signal handler has interrupted.
#pragma once

#include <atomic>

#include "engine/record/recorder_entry.h"
#include "engine/unwind/cpu.h"

namespace heapreel::engine::testing {

// While it lives, this thread is in a handler that has interrupted one of its hooks, further out on the stack. Needs an
// event of this thread before it.
class InterruptedHook {
 public:
  InterruptedHook() {
    constexpr uintptr_t kSignalFrame = 4096;
    t_recorder->hook_sp = cpu::stack_pointer() + kSignalFrame;
    // relaxed: this thread's own
    t_recorder->inside.store(Recorder::kInHook, std::memory_order_relaxed);
  }
  ~InterruptedHook() {
    // relaxed: as above
    t_recorder->inside.store(Recorder::kOutside, std::memory_order_relaxed);
  }
  InterruptedHook(const InterruptedHook&) = delete;
  InterruptedHook& operator=(const InterruptedHook&) = delete;
};

}  // namespace heapreel::engine::testing
