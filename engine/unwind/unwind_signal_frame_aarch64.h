// Where the aarch64 Linux kernel keeps the interrupted registers: in the ucontext behind a siginfo, to which sp points
// when a signal handler has returned to the trampoline.
#pragma once

#include <signal.h>
#include <ucontext.h>

#include <cstddef>

namespace heapreel::engine::signal_frame {

inline constexpr size_t kContextOffset = sizeof(siginfo_t) + offsetof(ucontext_t, uc_mcontext);
inline constexpr size_t kBpOffset = kContextOffset + offsetof(mcontext_t, regs) + 29 * sizeof(uint64_t);
inline constexpr size_t kLinkOffset = kContextOffset + offsetof(mcontext_t, regs) + 30 * sizeof(uint64_t);
inline constexpr size_t kSpOffset = kContextOffset + offsetof(mcontext_t, sp);
inline constexpr size_t kPcOffset = kContextOffset + offsetof(mcontext_t, pc);
static_assert(sizeof(siginfo_t) == 128 && offsetof(ucontext_t, uc_mcontext) == 176, "fixed by the kernel's ABI");

}  // namespace heapreel::engine::signal_frame
