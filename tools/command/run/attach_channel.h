// How `heapreel attach` asks a process that listens to trace (hooks/process/attach_request.h).
#pragma once

#include <sys/types.h>

#include <string>

namespace heapreel::tools {

struct AttachedProcess {
  bool keeps_allocator = false;  // its own is underneath heapreel; else mimalloc is
};

// Sends the memory behind `arena_fd` to the process, which starts tracing into it, with `frames` and `options` as HEAPREEL
// and HEAPREEL_OPTIONS have them. Throws a CommandError that says what to do when the process does not listen or refuses;
// it goes on as it was then.
AttachedProcess start_tracing_in(pid_t process, int arena_fd, const std::string& frames, const std::string& options);

// Removes the sockets of this user's processes that have ended.
void remove_left_listeners();

}  // namespace heapreel::tools
