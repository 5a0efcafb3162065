// Where the x86_64 Linux kernel keeps the interrupted registers: in the ucontext, to which rsp points when a
// signal handler has returned to the restorer.
#pragma once

#include <ucontext.h>

#include <cstddef>

namespace heapreel::engine::signal_frame {

inline constexpr int kRegistersOffset = offsetof(ucontext_t, uc_mcontext.gregs);
inline constexpr int kWord = 8;
inline constexpr int kBpOffset = kRegistersOffset + kWord * REG_RBP;
inline constexpr int kSpOffset = kRegistersOffset + kWord * REG_RSP;
inline constexpr int kPcOffset = kRegistersOffset + kWord * REG_RIP;
static_assert(kBpOffset == 120 && kSpOffset == 160 && kPcOffset == 168, "fixed by the kernel's ABI");

}  // namespace heapreel::engine::signal_frame
