// The traced program as a process. It is started in our process group, so that signals of the terminal reach it
// directly. Signals that are sent to us alone are passed on. When it stops, we stop, and when we go on, it goes on.
//
// It is made before its recorder, because the program comes first where processes are scarce, and waits until it is
// known whether it can be recorded.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/command/run/traced_process.h"

namespace heapreel::tools {

class SignalRelay;

class ChildProcess final : public TracedProcess {
 public:
  struct Program {
    std::string path;
    std::vector<std::string> words;             // words[0] is its name
    std::vector<std::string> traced_variables;  // "KEY=value", in place of ours; used when it is traced
    int inherited_fd = -1;                      // stays open, under the same number, in a traced program; -1: none
  };

  // Makes the process, in which the program waits for execute(). When no process can be made, this process becomes the
  // program, untraced, because running it matters more than recording it. One at a time.
  explicit ChildProcess(const Program& program);
  ~ChildProcess() override;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Lets it execute the program, traced or with our environment unchanged. Throws a CommandError when the program
  // cannot be executed.
  void execute(bool traced);

  // Our descriptors, which no other process may keep.
  std::vector<int> descriptors() const { return {go_fd_, report_fd_}; }

  pid_t id() const override { return id_; }
  bool has_ended() override;
  const Ending& ending() const override { return ending_; }
  // The status as waitpid gave it; empty when it is not known.
  std::optional<int> wait_status() const { return wait_status_; }

 private:
  void mark_ended();

  std::unique_ptr<SignalRelay> relay_;
  const std::string path_;
  pid_t id_ = -1;
  int go_fd_ = -1;
  int report_fd_ = -1;
  bool ended_ = false;
  std::optional<int> wait_status_;
  Ending ending_;
};

}  // namespace heapreel::tools
