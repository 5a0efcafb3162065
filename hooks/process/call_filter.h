// Filters of system calls (seccomp) that a followed process lives under. A filter may end a process over a call that it
// does not know, and asking for an arena takes such calls. So a process that got filters since the run began is not
// asked to: what it forks or executes runs as it would without heapreel, and is named.
#pragma once

#include <cstdint>

namespace heapreel::hooks {

// How many filters the process has, and its number, both as the kernel's /proc tells them.
struct CallFilters {
  int count = 0;  // 0 as well where /proc does not tell
  int32_t process = 0;
};

// Opens, reads and closes a file: calls that every program makes while the loader starts it. Any process, also a vfork
// child, and a signal handler. Changes errno.
CallFilters call_filters_of_process() noexcept;

// Those that the calling process has are the run's own. To be called once, while the process has one thread.
void expect_present_call_filters() noexcept;
// Whether there are more of them than expected; then `filters` are those.
bool has_further_call_filters(CallFilters& filters) noexcept;

// Whether this process has set a filter, or has made ready to, through the C library's prctl. Makes no system call.
bool may_have_set_call_filter() noexcept;

}  // namespace heapreel::hooks
