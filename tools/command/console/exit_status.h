// What the command's exit status says. `run` passes on the program's instead.
#pragma once

namespace heapreel::tools {

enum ExitStatus : int {
  kOk = 0,
  kGateFailed = 1,
  kUsage = 2,       // also: nothing was started, nothing was written
  kUnreadable = 3,  // an input cannot be read, or an output cannot be written
  kIncomplete = 4,  // the data does not hold everything that happened
};

}  // namespace heapreel::tools
