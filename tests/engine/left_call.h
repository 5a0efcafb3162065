// A call that is left in the middle, after as many instructions as one likes: the processor stops after each of them, and
// the handler of its signal jumps out. For what must hold wherever a signal handler may jump.
#pragma once

#include <csetjmp>
#include <cstdint>

#include "single_step.h"

namespace heapreel::engine::testing {

class LeftCall {
 public:
  static constexpr bool kIsPossible = SingleStep::kIsPossible;

  LeftCall() : steps_(on_step) {}

  // Calls `f`, and leaves it after `instructions`. False when it came to its end before.
  template <class F>
  [[gnu::noinline]] bool leave_after(uint32_t instructions, F&& f) {
    left_ = instructions;
    if (sigsetjmp(back_, 1) != 0) return true;
    SingleStep::set(true);
    f();
    SingleStep::set(false);
    return false;
  }

 private:
  static void on_step(int, siginfo_t*, void*) {
    left_ = left_ - 1;
    if (left_ == 0) siglongjmp(back_, 1);
  }

  inline static volatile uint32_t left_ = 0;
  inline static sigjmp_buf back_;
  SingleStep steps_;
};

}  // namespace heapreel::engine::testing
