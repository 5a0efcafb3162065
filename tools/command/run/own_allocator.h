// Whether a program brings an allocator of its own, whose blocks the hooks do not see, judged by its file alone.
//
// The loader looks names up in the program first, and then in the preloaded library: what a program defines itself
// never reaches the hooks, unless it hands its calls on. The program's libraries come after the preloaded one, so that
// their definitions do not matter.
#pragma once

#include <sys/types.h>

#include <string>

#include "snapshot/reel/format/own_allocator.h"

namespace heapreel::tools {

// Opens the file that a process executes or, when the process has ended already, the one that was started; -1 when
// there is none to read. The caller closes it.
int open_program(pid_t process, const std::string& started);

// The allocator of the program behind `fd`, which still belongs to the caller. None when the file cannot be read, or is
// no program. Never throws. Reads the program's symbols, if it has any: that may take tens of milliseconds.
OwnAllocator own_allocator_of(int fd) noexcept;

}  // namespace heapreel::tools
