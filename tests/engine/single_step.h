// The processor stops after each instruction of a piece of code and calls a handler, as a debugger makes it: SIGTRAP. For
// what must hold wherever a signal may arrive.
#pragma once

#include <csignal>
#include <cstdint>

#include "engine/memory/arena_address.h"

namespace heapreel::engine::testing {

class SingleStep {
 public:
  // Sanitizers' run-time systems do not bear it.
  static constexpr bool kIsPossible =
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !HEAPREEL_HAS_FEATURE(address_sanitizer) && !HEAPREEL_HAS_FEATURE(thread_sanitizer)
      true;
#else
      false;
#endif

  // `handler` is the process's for SIGTRAP as long as this lives.
  explicit SingleStep(void (*handler)(int, siginfo_t*, void*)) {
    struct sigaction action = {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGTRAP, &action, &before_);
  }
  ~SingleStep() {
    sigaction(SIGTRAP, &before_, nullptr);
  }
  SingleStep(const SingleStep&) = delete;
  SingleStep& operator=(const SingleStep&) = delete;

  // For this thread, until it is switched off. Signal handlers do not inherit it.
  [[gnu::always_inline]] static void set([[maybe_unused]] bool on) {
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

 private:
  struct sigaction before_ = {};
};

}  // namespace heapreel::engine::testing
