// A process that is being recorded until it ends.
#pragma once

#include <sys/types.h>

#include "tools/command/text/ending.h"

namespace heapreel::tools {

class TracedProcess {
 public:
  virtual ~TracedProcess() = default;

  virtual pid_t id() const = 0;
  // Looks at the process, without waiting. True once it has ended, or should be left alone.
  virtual bool has_ended() = 0;
  // Valid once has_ended() has returned true.
  virtual const Ending& ending() const = 0;
};

}  // namespace heapreel::tools
