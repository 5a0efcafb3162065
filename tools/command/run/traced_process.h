// A process whose recording ends with it.
#pragma once

#include <sys/types.h>

#include "tools/command/text/ending.h"

namespace heapreel::tools {

class TracedProcess {
 public:
  virtual ~TracedProcess() = default;

  virtual pid_t id() const = 0;
  // Looks after the process, without waiting. True once it has ended, or is to be left alone.
  virtual bool has_ended() = 0;
  // Valid once it has.
  virtual const Ending& ending() const = 0;
};

}  // namespace heapreel::tools
