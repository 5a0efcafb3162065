// How a traced process ended, or what else ended its recording.
#pragma once

#include <string>

#include "snapshot/reel/format/reel_info.h"

namespace heapreel::tools {

struct Ending {
  ReelEnding kind = ReelEnding::kUnknown;
  int number = 0;        // kExited: the exit status; kSignalled: the signal
  std::string executed;  // kExecuted: the program that took its place
  // It waited for a process of its own. Known only for our own child, and only if somebody waited for its children.
  bool had_children = false;

  static Ending from_wait_status(int status);
  static Ending from(const ReelEnd& end);
  void store(ReelEnd& end) const;

  // The status as a shell passes it on.
  int status() const { return kind == ReelEnding::kSignalled ? 128 + number : number; }
  // "exit 3", "signal 9 (SIGKILL)", "executed /usr/bin/game".
  std::string text() const;
};

}  // namespace heapreel::tools
