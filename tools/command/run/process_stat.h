// What the kernel says about a process in /proc/PID.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace heapreel::tools {

// Positions in the result of process_stat().
inline constexpr size_t kStatState = 0;             // one letter: Z for a process that has ended and was not waited for
inline constexpr size_t kStatFlags = 6;             // the kernel's flags of the task, a decimal number
inline constexpr size_t kStatFaultsOfChildren = 8;  // minor page faults of the children that it has waited for

// The fields from the state on; those before it are the process's id and name. The last one is the status that waitpid
// reports, once the process has ended. Empty when there is no such process.
std::vector<std::string> process_stat(pid_t id);

// The words of its command line; empty when the kernel does not say.
std::vector<std::string> command_line_of(pid_t process);
// The file that it executes; "unknown" when the kernel does not say.
std::string program_of(pid_t process);

}  // namespace heapreel::tools
