#include "engine/unwind/unwind_os.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

#include "engine/unwind/cpu.h"

namespace heapreel::engine::unwind_os {
namespace {

long as_long(const void* pointer) {
  return reinterpret_cast<long>(pointer);
}

}  // namespace

bool is_readable_word(uintptr_t address) noexcept {
  // rt_sigprocmask copies the new set in before it rejects the nonsense `how`: EFAULT means unreadable,
  // EINVAL readable.
  constexpr long kInvalidHow = -1;
  constexpr long kSetSize = 8;
  return cpu::raw_syscall(SYS_rt_sigprocmask, kInvalidHow, static_cast<long>(address), 0, kSetSize) == -EINVAL;
}

bool is_on_signal_stack() noexcept {
  stack_t stack = {};
  return cpu::raw_syscall(SYS_sigaltstack, 0, as_long(&stack), 0, 0) != 0 || (stack.ss_flags & SS_ONSTACK) != 0;
}

size_t program_path(char* buffer, size_t capacity) noexcept {
  const long length = cpu::raw_syscall(SYS_readlinkat, AT_FDCWD, as_long("/proc/self/exe"), as_long(buffer),
                                       static_cast<long>(capacity));
  return length > 0 ? static_cast<size_t>(length) : 0;
}

size_t current_directory(char* buffer, size_t capacity) noexcept {
  const long size = cpu::raw_syscall(SYS_getcwd, as_long(buffer), static_cast<long>(capacity), 0, 0);
  return size > 1 && buffer[0] == '/' ? static_cast<size_t>(size) - 1 : 0;
}

}  // namespace heapreel::engine::unwind_os
