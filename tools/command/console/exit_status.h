// The exit statuses of the command. `run` passes on the program's instead.
#pragma once

namespace heapreel::tools {

enum ExitStatus : int {
  kOk = 0,
  kGateFailed = 1,
  kUsage = 2,       // also: nothing was started, nothing was written
  kUnreadable = 3,  // an input cannot be read, or an output cannot be written
  kIncomplete = 4,  // the data does not hold everything that happened
  // The statuses that `git bisect run` expects, which takes any lower one but 0 for a bad build:
  kSkipped = 125,     // it cannot be told whether this build is bad
  kBisectEnds = 128,  // nothing can be told of any build: the command line is wrong
};

}  // namespace heapreel::tools
