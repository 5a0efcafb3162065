#include "tools/command/run/followed_process.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <sstream>

#include "engine/memory/platform.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

// Of linux/pidfd.h, which the C library's headers do not have yet.
struct ProcessInfo {
  uint64_t mask;
  uint64_t control_group;
  uint32_t ids[11];
  int32_t exit_code;
};
constexpr uint64_t kExitInfo = 1 << 3;
constexpr unsigned long kGetInfo = _IOWR(0xff, 11, ProcessInfo);

// As waitpid reports it, once its parent has been told.
std::optional<int> status_after_reaping(int process_fd) {
  ProcessInfo info = {};
  info.mask = kExitInfo;
  if (ioctl(process_fd, kGetInfo, &info) != 0 || (info.mask & kExitInfo) == 0) return std::nullopt;
  return info.exit_code;
}

// The same while it is a zombie: the last field of its /proc stat.
std::optional<int> status_before_reaping(pid_t id) {
  std::ifstream file(format("/proc/{}/stat", id));
  std::string line;
  std::getline(file, line);
  const size_t after_name = line.rfind(')');
  if (after_name == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(after_name + 1));
  std::string state;
  fields >> state;
  if (state != "Z") return std::nullopt;
  std::string last;
  for (std::string field; fields >> field;) last = field;
  return std::stoi(last);
}

Ending ending_of(pid_t id, int process_fd) {
  constexpr int kTries = 20;
  constexpr uint64_t kBetweenNs = 1'000'000;
  // Between the two there is a moment in which neither tells.
  for (int tries = 0; tries < kTries; ++tries) {
    if (const std::optional<int> status = status_after_reaping(process_fd)) return Ending::from_wait_status(*status);
    if (const std::optional<int> status = status_before_reaping(id)) return Ending::from_wait_status(*status);
    engine::platform::sleep_ns(kBetweenNs);
  }
  return {};
}

}  // namespace

bool FollowedProcess::has_ended() {
  if (ended_) return true;
  pollfd signs[] = {{.fd = process_fd_, .events = POLLIN, .revents = 0},
                    {.fd = leash_fd_, .events = POLLIN, .revents = 0}};
  if (poll(signs, 2, 0) <= 0) return false;
  ended_ = true;
  if (signs[0].revents != 0) {
    ending_ = ending_of(id_, process_fd_);
  } else {
    ending_.kind = ReelEnding::kDetached;
  }
  return true;
}

int open_process(pid_t id) {
  return static_cast<int>(syscall(SYS_pidfd_open, id, 0));
}

}  // namespace heapreel::tools
