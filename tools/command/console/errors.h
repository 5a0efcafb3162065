// How a part of the command reports an error: main prints the message on stderr and exits with the status. A message
// says what was wrong, where, and what to do.
#pragma once

#include <stdexcept>
#include <string>

#include "tools/command/console/exit_status.h"

namespace heapreel::tools {

class CommandError : public std::runtime_error {
 public:
  CommandError(ExitStatus status, const std::string& message) : std::runtime_error(message), status_(status) {}
  ExitStatus status() const { return status_; }

 private:
  ExitStatus status_;
};

inline CommandError usage_error(const std::string& message) {
  return CommandError(kUsage, message);
}
inline CommandError unreadable(const std::string& message) {
  return CommandError(kUnreadable, message);
}

}  // namespace heapreel::tools
