// The traced program as a process: started in our process group, so that signals of the terminal reach it directly;
// signals sent to us alone are passed on. When it stops, we stop; when we go on, it goes on.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

namespace heapreel::tools {

class SignalRelay;

// How a process ended.
struct Ending {
  int exit_code = 0;
  int signal = 0;  // not 0: killed by it

  // As a shell passes it on.
  int status() const { return signal != 0 ? 128 + signal : exit_code; }
  // "exit 3", "signal 9 (SIGKILL)".
  std::string text() const;
};

class ChildProcess {
 public:
  // Executes `path` with `words` (words[0] is its name), with `variables` ("KEY=value") in place of ours, and with
  // `inherited_fd` open under the same number. Throws a CommandError when it cannot be executed. One at a time.
  ChildProcess(const std::string& path, const std::vector<std::string>& words,
               const std::vector<std::string>& variables, int inherited_fd);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t id() const { return id_; }

  // Looks after the process, without waiting. True once it has ended.
  bool has_ended();
  const Ending& ending() const { return ending_; }

 private:
  std::unique_ptr<SignalRelay> relay_;
  pid_t id_ = -1;
  bool ended_ = false;
  Ending ending_;
};

}  // namespace heapreel::tools
