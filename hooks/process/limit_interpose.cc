// Hooks of the calls by which a program limits its own memory. The limit is meant for the program, and the tracer's
// address space would use it up: so the tracer gives back what it does not need.
//
// Except for the look-up in its first call, each may run in a vfork child and in a signal handler: it takes no lock and
// allocates nothing.
#include "hooks/process/limit_interpose.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "engine/tracer/tracer.h"
#include "hooks/base/export.h"
#include "hooks/base/next_definition.h"

namespace heapreel::hooks {
namespace {

constinit std::atomic<int (*)(int, const rlimit*)> next_setrlimit = nullptr;
constinit std::atomic<int (*)(pid_t, int, const rlimit*, rlimit*)> next_prlimit = nullptr;

// Whether the call would limit the memory of this process.
bool limits_own_memory(pid_t process, int resource, const rlimit* limit) {
  if (limit == nullptr || limit->rlim_cur == RLIM_INFINITY) return false;
  return (resource == RLIMIT_AS || resource == RLIMIT_DATA) && (process == 0 || process == getpid());
}

int set_limit(int resource, const rlimit* limit) {
  const auto next = next_definition(next_setrlimit, "setrlimit");
  if (next == nullptr) {
    errno = ENOSYS;
    return -1;
  }
  const int result = next(resource, limit);
  if (result == 0 && limits_own_memory(0, resource, limit)) engine::make_room_under_limits();
  return result;
}

int set_limit_of(pid_t process, int resource, const rlimit* limit, rlimit* before) {
  const auto next = next_definition(next_prlimit, "prlimit");
  if (next == nullptr) {
    errno = ENOSYS;
    return -1;
  }
  const int result = next(process, resource, limit, before);
  if (result == 0 && limits_own_memory(process, resource, limit)) engine::make_room_under_limits();
  return result;
}

}  // namespace

bool make_room_for_allocation() noexcept {
  return engine::make_room_for_allocation();
}

}  // namespace heapreel::hooks

// Declared under other names: the C library's headers may have made one name of two.
#define HEAPREEL_LIMIT_HOOK(name) __asm__(#name)

extern "C" {

HEAPREEL_EXPORT int heapreel_hook_setrlimit(int resource, const rlimit* limit) HEAPREEL_LIMIT_HOOK(setrlimit);
HEAPREEL_EXPORT int heapreel_hook_setrlimit64(int resource, const rlimit* limit) HEAPREEL_LIMIT_HOOK(setrlimit64);
HEAPREEL_EXPORT int heapreel_hook_prlimit(pid_t process, int resource, const rlimit* limit, rlimit* before)
    HEAPREEL_LIMIT_HOOK(prlimit);
HEAPREEL_EXPORT int heapreel_hook_prlimit64(pid_t process, int resource, const rlimit* limit, rlimit* before)
    HEAPREEL_LIMIT_HOOK(prlimit64);

int heapreel_hook_setrlimit(int resource, const rlimit* limit) {
  return heapreel::hooks::set_limit(resource, limit);
}
int heapreel_hook_setrlimit64(int resource, const rlimit* limit) {
  return heapreel::hooks::set_limit(resource, limit);
}
int heapreel_hook_prlimit(pid_t process, int resource, const rlimit* limit, rlimit* before) {
  return heapreel::hooks::set_limit_of(process, resource, limit, before);
}
int heapreel_hook_prlimit64(pid_t process, int resource, const rlimit* limit, rlimit* before) {
  return heapreel::hooks::set_limit_of(process, resource, limit, before);
}

}  // extern "C"

static_assert(sizeof(rlimit) == sizeof(rlimit64), "one function serves both names");
