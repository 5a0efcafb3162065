// What a recorder process does (recorder_process.h).
#pragma once

#include <vector>

#include "tools/command/run/recorder_process.h"

namespace heapreel::tools {

// To be called in the forked process: records, reports over `channel_fd`, and ends the process. `close_there` are
// inherited descriptors that it must not keep.
[[noreturn]] void be_recorder(const RecorderTask& task, int channel_fd, const std::vector<int>& close_there);

}  // namespace heapreel::tools
