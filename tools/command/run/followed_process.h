// The process that a recorder records, which is never the recorder's child: the recorder follows it through a
// descriptor, and by what the run sends.
#pragma once

#include <cstdint>

#include "tools/command/run/traced_process.h"

namespace heapreel::tools {

class FollowedProcess final : public TracedProcess {
 public:
  // `process_fd` is a pidfd, or -1 when none can be had. The run's notes come in on `channel_fd`. When its other end is
  // closed, the run is gone, and the process is followed to its end without it. `run_tells_end`: the process is a child
  // of the run, which says with which status it ended. Both descriptors still belong to the caller.
  FollowedProcess(pid_t id, int process_fd, int channel_fd, bool run_tells_end)
      : id_(id), process_fd_(process_fd), channel_fd_(channel_fd), run_tells_end_(run_tells_end) {}

  pid_t id() const override { return id_; }
  bool has_ended() override;
  // Only its parent gets its status. The kernel tells it to us from Linux 6.15 on, or as long as the parent has not
  // asked; otherwise it is unknown.
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
