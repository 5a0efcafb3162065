// Filters of system calls (seccomp) that a followed process lives under. A filter may end a process over a call that it
// does not know, and asking for an arena takes such calls. So a process that got filters since the run began does not
// ask. What it forks or executes runs as it would without heapreel, and the run names it.
#pragma once

#include <cstdint>

namespace heapreel::hooks {

// How many filters the process has, and its process id, both as /proc tells them.
struct CallFilters {
  int count = 0;  // 0 also where /proc does not tell
  int32_t process = 0;
};

// Opens, reads and closes a file: every program makes these calls while the loader starts it. Any process, also a vfork
// child, and a signal handler. Changes errno.
CallFilters call_filters_of_process() noexcept;

// Declares that the filters of the calling process are the run's own. Call it once, while the process has one thread.
void expect_present_call_filters() noexcept;
// Whether there are more filters than these; `filters` then tells how many there are.
bool has_further_call_filters(CallFilters& filters) noexcept;

// Whether this process has set a filter, or has made ready to, through the C library's prctl. Makes no system call.
bool may_have_set_call_filter() noexcept;

}  // namespace heapreel::hooks
