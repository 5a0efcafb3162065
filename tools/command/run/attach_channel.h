// How `heapreel attach` asks a process that listens to trace (hooks/process/attach_request.h).
#pragma once

#include <sys/types.h>

#include <string>

namespace heapreel::tools {

struct AttachedProcess {
  bool keeps_allocator = false;  // true: its own allocator is underneath heapreel; false: mimalloc
};

// Sends the memory behind `arena_fd` to the process, which starts tracing into it. `frames` and `options` are values
// for HEAPREEL and HEAPREEL_OPTIONS. Throws a CommandError that says what to do when the process does not listen or
// refuses; the process then goes on as before.
AttachedProcess start_tracing_in(pid_t process, int arena_fd, const std::string& frames, const std::string& options);

// Removes the sockets of this user's processes that have ended.
void remove_left_listeners();

}  // namespace heapreel::tools
