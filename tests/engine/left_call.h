// A call that is left in the middle, after as many instructions as one likes: the processor stops after each of them, and
// the handler of its signal jumps out. For what must hold wherever a signal handler may jump.
#pragma once

#include <csetjmp>
#include <csignal>
#include <cstdint>

#include "engine/memory/arena_address.h"

namespace heapreel::engine::testing {

class LeftCall {
 public:
  // Sanitizers' run-time systems do not bear it.
  static constexpr bool kIsPossible =
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !HEAPREEL_HAS_FEATURE(address_sanitizer) && !HEAPREEL_HAS_FEATURE(thread_sanitizer)
      true;
#else
      false;
#endif

  LeftCall() {
    struct sigaction action = {};
    action.sa_handler = on_step;
    sigaction(SIGTRAP, &action, &before_);
  }
  ~LeftCall() {
    sigaction(SIGTRAP, &before_, nullptr);
  }
  LeftCall(const LeftCall&) = delete;
  LeftCall& operator=(const LeftCall&) = delete;

  // Calls `f`, and leaves it after `instructions`. False when it came to its end before.
  template <class F>
  [[gnu::noinline]] bool leave_after(uint32_t instructions, F&& f) {
    left_ = instructions;
    if (sigsetjmp(back_, 1) != 0) return true;
    step(true);
    f();
    step(false);
    return false;
  }

 private:
  static void step([[maybe_unused]] bool on) {
#ifdef __x86_64__
    // Bit 8 of the flags is the trap flag. Below the stack pointer lies what the compiler keeps there (the red zone).
    if (on) {
      asm volatile("lea -128(%%rsp), %%rsp\n pushfq\n orq $0x100, (%%rsp)\n popfq\n lea 128(%%rsp), %%rsp" ::
                       : "memory", "cc");
    } else {
      asm volatile("lea -128(%%rsp), %%rsp\n pushfq\n andq $~0x100, (%%rsp)\n popfq\n lea 128(%%rsp), %%rsp" ::
                       : "memory", "cc");
    }
#endif
  }
  static void on_step(int) {
    left_ = left_ - 1;
    if (left_ == 0) siglongjmp(back_, 1);
  }

  inline static volatile uint32_t left_ = 0;
  inline static sigjmp_buf back_;
  struct sigaction before_ = {};
};

}  // namespace heapreel::engine::testing
