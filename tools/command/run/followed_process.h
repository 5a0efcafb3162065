// A process of the program's family that is not our child: followed through a descriptor of it.
#pragma once

#include <cstdint>

#include "tools/command/run/traced_process.h"

namespace heapreel::tools {

class FollowedProcess final : public TracedProcess {
 public:
  // `process_fd` is a pidfd. When something comes in on `leash_fd`, or its other end is closed, the process is to be
  // left alone. Both stay the caller's.
  FollowedProcess(pid_t id, int process_fd, int leash_fd) : id_(id), process_fd_(process_fd), leash_fd_(leash_fd) {}

  pid_t id() const override { return id_; }
  bool has_ended() override;
  // Its status belongs to its parent. The kernel tells us too, from Linux 6.15 on, or as long as its parent has not
  // asked; else it is unknown.
  const Ending& ending() const override { return ending_; }

 private:
  const pid_t id_;
  const int process_fd_;
  const int leash_fd_;
  bool ended_ = false;
  Ending ending_;
};

// A pidfd, close-on-exec; -1 when there is no such process, or the kernel is older than Linux 5.3.
int open_process(pid_t id);

}  // namespace heapreel::tools
