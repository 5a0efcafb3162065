#include "tools/command/text/ending.h"

#include <sys/wait.h>

#include <cstring>

#include "tools/command/console/format.h"

namespace heapreel::tools {

Ending Ending::from_wait_status(int status) {
  Ending ending;
  if (WIFSIGNALED(status)) {
    ending.kind = ReelEnding::kSignalled;
    ending.number = WTERMSIG(status);
  } else {
    ending.kind = ReelEnding::kExited;
    ending.number = WEXITSTATUS(status);
  }
  return ending;
}

Ending Ending::from(const ReelEnd& end) {
  return {.kind = end.ending, .number = end.status, .executed = end.executed, .had_children = false};
}

void Ending::store(ReelEnd& end) const {
  end.ending = kind;
  end.status = number;
  end.executed = executed;
}

std::string Ending::text() const {
  switch (kind) {
    case ReelEnding::kUnknown:
      return "unknown";
    case ReelEnding::kExited:
      return format("exit {}", number);
    case ReelEnding::kSignalled:
      if (const char* name = sigabbrev_np(number); name != nullptr) return format("signal {} (SIG{})", number, name);
      return format("signal {}", number);
    case ReelEnding::kDetached:
      return "detached";
    case ReelEnding::kExecuted:
      return format("executed {}", executed);
  }
  return "unknown";
}

}  // namespace heapreel::tools
