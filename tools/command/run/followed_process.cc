#include "tools/command/run/followed_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "engine/memory/platform.h"
#include "tools/command/run/process_stat.h"
#include "tools/command/run/recorder_messages.h"

namespace heapreel::tools {
namespace {

// As declared in linux/pidfd.h, which the C library's headers do not have yet.
struct ProcessInfo {
  uint64_t mask;
  uint64_t control_group;
  uint32_t ids[11];
  int32_t exit_code;
};
constexpr uint64_t kExitInfo = 1 << 3;
constexpr unsigned long kGetInfo = _IOWR(0xff, 11, ProcessInfo);

// The status as waitpid reports it, once the process's parent has waited for it.
std::optional<int> status_after_reaping(int process_fd) {
  ProcessInfo info = {};
  info.mask = kExitInfo;
  if (ioctl(process_fd, kGetInfo, &info) != 0 || (info.mask & kExitInfo) == 0) return std::nullopt;
  return info.exit_code;
}

// The same while it is a zombie: the last field of its /proc stat.
std::optional<int> status_before_reaping(pid_t id) {
  const std::vector<std::string> fields = process_stat(id);
  if (fields.empty() || fields[kStatState] != "Z") return std::nullopt;
  return std::stoi(fields.back());
}

Ending ending_of(pid_t id, int process_fd) {
  constexpr int kTries = 20;
  constexpr uint64_t kBetweenNs = 1'000'000;
  // Between the two there is a moment in which neither tells the status.
  for (int tries = 0; tries < kTries; ++tries) {
    if (const std::optional<int> status = status_after_reaping(process_fd)) return Ending::from_wait_status(*status);
    if (const std::optional<int> status = status_before_reaping(id)) return Ending::from_wait_status(*status);
    engine::platform::sleep_ns(kBetweenNs);
  }
  return {};
}

}  // namespace

void FollowedProcess::read_notes() {
  while (run_is_there_ && !ended_) {
    RunNote note;
    const ssize_t got = recv(channel_fd_, &note, sizeof note, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got != sizeof note) {
      run_is_there_ = false;
      return;
    }
    ended_ = true;
    if (note.kind == RunNote::kStopRecording) {
      ending_.kind = ReelEnding::kDetached;
    } else if (note.is_status_known) {
      ending_ = Ending::from_wait_status(note.wait_status);
    }
  }
}

void FollowedProcess::look_at_process() {
  constexpr uint64_t kRunIsSlowNs = 2'000'000'000;
  pollfd sign = {.fd = process_fd_, .events = POLLIN, .revents = 0};
  const bool is_gone = process_fd_ >= 0 ? poll(&sign, 1, 0) > 0 : !run_is_there_ && kill(id_, 0) != 0 && errno == ESRCH;
  if (!is_gone) return;
  const uint64_t now = engine::platform::monotonic_ns();
  if (end_seen_ns_ == 0) end_seen_ns_ = now;
  // The run knows the status, and is about to send it.
  if (run_tells_end_ && run_is_there_ && now - end_seen_ns_ < kRunIsSlowNs) return;
  ended_ = true;
  ending_ = ending_of(id_, process_fd_);
}

bool FollowedProcess::has_ended() {
  if (!ended_) read_notes();
  if (!ended_) look_at_process();
  return ended_;
}

int open_process(pid_t id) {
  return static_cast<int>(syscall(SYS_pidfd_open, id, 0));
}

}  // namespace heapreel::tools
