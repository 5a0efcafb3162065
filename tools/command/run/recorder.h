// What a recorder does: the process that recorder_process.h speaks of.
#pragma once

#include <vector>

#include "tools/command/run/recorder_process.h"

namespace heapreel::tools {

// In the forked process. Records, reports over `leash_fd`, and ends the process. `close_there` are inherited
// descriptors that it must not keep.
[[noreturn]] void be_recorder(const RecorderTask& task, int leash_fd, const std::vector<int>& close_there);

}  // namespace heapreel::tools
