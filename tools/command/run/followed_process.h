// The process that a recorder records, which is never the recorder's child: followed through a descriptor of it, and by
// what the run says.
#pragma once

#include <cstdint>

#include "tools/command/run/traced_process.h"

namespace heapreel::tools {

class FollowedProcess final : public TracedProcess {
 public:
  // `process_fd` is a pidfd, or -1 where none can be had. `channel_fd` is where the run's notes come in; when its other end
  // is closed the run is gone, and the process is followed to its end without it. `run_tells_end`: the process is the
  // run's child, and the run says with which status it ended. Both descriptors stay the caller's.
  FollowedProcess(pid_t id, int process_fd, int channel_fd, bool run_tells_end)
      : id_(id), process_fd_(process_fd), channel_fd_(channel_fd), run_tells_end_(run_tells_end) {}

  pid_t id() const override { return id_; }
  bool has_ended() override;
  // Its status belongs to its parent. The kernel tells us too, from Linux 6.15 on, or as long as its parent has not
  // asked; else it is unknown.
  const Ending& ending() const override { return ending_; }

 private:
  void read_notes();
  void look_at_process();

  const pid_t id_;
  const int process_fd_;
  const int channel_fd_;
  bool run_tells_end_;
  bool run_is_there_ = true;
  uint64_t end_seen_ns_ = 0;  // when it was seen to have ended; 0 = it was not yet
  bool ended_ = false;
  Ending ending_;
};

// A pidfd, close-on-exec; -1 when there is no such process, or the kernel is older than Linux 5.3.
int open_process(pid_t id);

}  // namespace heapreel::tools
