// What the reels of a run are called.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>

namespace heapreel::tools {

// "PROGRAM.PID.reel", where PROGRAM is the last part of the program's path.
std::string default_reel_path(const std::string& program, pid_t process);

// The reels of a family: that of the first program has the name that was asked for, and the others have their process's
// number in the name. No name is given twice, nor one that a file has already. A process that executes another program
// has PID.2, PID.3.
class ReelNames {
 public:
  // `output` is what was asked for; empty: the default.
  explicit ReelNames(std::string output) : output_(std::move(output)) {}

  std::string first(const std::string& program, pid_t process);
  std::string another(const std::string& program, pid_t process);

 private:
  const std::string output_;
  std::set<std::string> given_;
};

}  // namespace heapreel::tools
