// Whether a program brings an allocator of its own, whose blocks the hooks do not see, by its file alone.
//
// The loader looks names up in the program first, and in the preloaded library next: what a program defines itself never
// reaches the hooks, unless it hands its calls on. Libraries of the program's come after the preloaded one, and so their
// definitions do not matter.
#pragma once

#include <sys/types.h>

#include <string>

#include "snapshot/reel/format/own_allocator.h"

namespace heapreel::tools {

// The file that a process executes, or where it has ended already, the one that was started; -1 when there is none to
// read. The caller closes it.
int open_program(pid_t process, const std::string& started);

// Of the program behind `fd`, which stays the caller's. None when it cannot be read, or is no program. Never throws.
// Reads the program's symbols, if it has any: that may take tens of milliseconds.
OwnAllocator own_allocator_of(int fd) noexcept;

}  // namespace heapreel::tools
