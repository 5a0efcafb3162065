// A hook of mlockall(), which is meant for the program's memory. The kernel would also fill the address space that the
// tracer keeps, which is more than any machine has, or refuse because that counts against the limit of locked memory.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "engine/memory/arena_address.h"
#include "hooks/base/export.h"
#include "hooks/base/next_definition.h"

namespace heapreel::hooks {
namespace {

constinit std::atomic<int (*)(int)> next_mlockall = nullptr;

// Whether an arena lies there: this process's own, or what a forked child keeps of its parent's.
bool is_tracers(uintptr_t address) {
  constexpr uintptr_t kEnd = engine::kArenaAddress + uintptr_t{engine::kArenaPlaces} * engine::kArenaBytes;
  return address >= engine::kArenaAddress && address < kEnd;
}

// Calls `visit(begin, end)` for each mapping of the process, in order. False when they cannot be read.
template <class Visit>
bool for_each_mapping(Visit&& visit) {
  const long fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  uintptr_t bounds[2] = {};
  int number = 0;  // 0 and 1: in the bounds, which the line begins with; 2: in the rest of the line
  char text[2048];
  long got;
  while ((got = syscall(SYS_read, fd, text, sizeof text)) > 0) {
    for (long at = 0; at < got; ++at) {
      const char c = text[at];
      if (c == '\n') {
        visit(bounds[0], bounds[1]);
        bounds[0] = bounds[1] = 0;
        number = 0;
      } else if (number < 2 && (c == '-' || c == ' ')) {
        ++number;
      } else if (number < 2) {
        bounds[number] = bounds[number] << 4 | static_cast<uintptr_t>(c <= '9' ? c - '0' : c - 'a' + 10);
      }
    }
  }
  syscall(SYS_close, fd);
  return got == 0;
}

size_t bytes_but_the_tracers() {
  size_t bytes = 0;
  const bool read = for_each_mapping([&bytes](uintptr_t begin, uintptr_t end) {
    if (!is_tracers(begin)) bytes += end - begin;
  });
  return read ? bytes : SIZE_MAX;
}

// Locks all mappings except the tracer's memory. As mlockall() does, it passes over what cannot be locked.
void lock_all_mappings(unsigned on_fault) {
  for_each_mapping([on_fault](uintptr_t begin, uintptr_t end) {
    if (!is_tracers(begin)) syscall(SYS_mlock2, begin, end - begin, on_fault);
  });
}

// For a process without the right to lock any amount, where the kernel refused, perhaps because of the tracer's
// addresses.
bool is_within_limit() {
  rlimit limit{};
  return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && bytes_but_the_tracers() <= limit.rlim_cur;
}

int lock_all(int flags) {
  const auto next = next_definition(next_mlockall, "mlockall");
  if (next == nullptr) {
    errno = ENOSYS;
    return -1;
  }
  if ((flags & MCL_CURRENT) == 0) return next(flags);
  const int saved_errno = errno;
  const int later = flags & ~MCL_CURRENT;
  const unsigned on_fault = (flags & MCL_ONFAULT) != 0 ? MLOCK_ONFAULT : 0;
  // With MCL_ONFAULT the kernel marks everything and fills nothing.
  if (next(flags | MCL_ONFAULT) == 0) {
    for_each_mapping([](uintptr_t begin, uintptr_t end) {
      if (is_tracers(begin)) syscall(SYS_munlock, begin, end - begin);
    });
    if (on_fault == 0) lock_all_mappings(0);
  } else if (errno == ENOMEM && is_within_limit()) {
    lock_all_mappings(on_fault);
  } else {
    return -1;
  }
  errno = saved_errno;
  // The rest is for what is mapped from now on.
  return (later & MCL_FUTURE) != 0 ? next(later) : 0;
}

}  // namespace
}  // namespace heapreel::hooks

extern "C" {

HEAPREEL_EXPORT int mlockall(int flags) noexcept {
  return heapreel::hooks::lock_all(flags);
}

}  // extern "C"
