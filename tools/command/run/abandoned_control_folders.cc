#include "tools/command/run/abandoned_control_folders.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "hooks/process/arena_request.h"
#include "tools/command/run/close_if_open.h"

namespace heapreel::tools {
namespace {

constexpr int kMostLookedAt = 100'000;  // entries of a folder that others fill, too
constexpr time_t kYoungSeconds = 60;

// The number of the run that made the folder of this name. 0 when it is not the name of a run's folder.
uint64_t number_in(std::string_view name) {
  constexpr std::string_view kPrefix = "heapreel-";
  if (!name.starts_with(kPrefix) || name.size() != kPrefix.size() + 16) return 0;
  uint64_t number = 0;
  for (const char c : name.substr(kPrefix.size())) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && (c < 'a' || c > 'f')) return 0;
    number = number << 4 | static_cast<uint64_t>(is_digit ? c - '0' : c - 'a' + 10);
  }
  return number;
}

// Whether nobody listens at the socket `path`. True only when that is certain. A path means the same socket in every
// network name space.
bool is_deserted(const char* path) {
  const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path, std::strlen(path) + 1);
  const bool refused = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
                       (errno == ECONNREFUSED || errno == ENOENT);
  close(fd);
  return refused;
}

void remove_if_left(uint64_t number, time_t now) {
  char path[hooks::kSocketPathBytes];
  hooks::write_socket_path(number, path);
  const std::string folder(path, std::strrchr(path, '/'));
  int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return;
  struct stat status {};
  const bool is_ours = fstat(fd, &status) == 0 && status.st_uid == geteuid() && (status.st_mode & 07777) == 0700;
  if (is_ours && now - status.st_mtime > kYoungSeconds && is_deserted(path)) {
    const char* const name = std::strrchr(path, '/') + 1;
    const bool is_socket = fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(status.st_mode);
    if (is_socket) unlinkat(fd, name, 0);
    rmdir(folder.c_str());
  }
  close_if_open(fd);
}

}  // namespace

void remove_left_control_folders() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(P_tmpdir), closedir);
  const time_t now = time(nullptr);
  for (int count = 0; folder != nullptr && count < kMostLookedAt; ++count) {
    const dirent* const entry = readdir(folder.get());
    if (entry == nullptr) break;
    if (const uint64_t number = number_in(entry->d_name); number != 0) remove_if_left(number, now);
  }
}

}  // namespace heapreel::tools
