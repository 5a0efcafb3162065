// The traced program as a process: started in our process group, so that signals of the terminal reach it directly;
// signals sent to us alone are passed on. When it stops, we stop; when we go on, it goes on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/command/run/traced_process.h"

namespace heapreel::tools {

class SignalRelay;

class ChildProcess final : public TracedProcess {
 public:
  // Executes `path` with `words` (words[0] is its name), with `variables` ("KEY=value") in place of ours, and with
  // `inherited_fd`, if there is one (>= 0), open under the same number. Throws a CommandError when it cannot be
  // executed. One at a time.
  ChildProcess(const std::string& path, const std::vector<std::string>& words,
               const std::vector<std::string>& variables, int inherited_fd);
  ~ChildProcess() override;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t id() const override { return id_; }
  bool has_ended() override;
  const Ending& ending() const override { return ending_; }

 private:
  std::unique_ptr<SignalRelay> relay_;
  pid_t id_ = -1;
  bool ended_ = false;
  Ending ending_;
};

}  // namespace heapreel::tools
