#include "snapshot/symbols/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace heapreel {
namespace {

std::string kind_text(mode_t mode) {
  if (S_ISDIR(mode)) return "is a folder";
  if (S_ISFIFO(mode)) return "is a pipe";
  if (S_ISSOCK(mode)) return "is a socket";
  return "is a device";
}

}  // namespace

int open_regular_file(const std::string& path, std::string& error) {
  // O_PATH names a file without opening it; the descriptor then stands for this very file, whatever the path names by
  // the time of the second open.
  const int place = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (place < 0) {
    error = std::strerror(errno);
    return -1;
  }
  struct stat status {};
  int file = -1;
  if (::fstat(place, &status) != 0) {
    error = std::strerror(errno);
  } else if (!S_ISREG(status.st_mode)) {
    error = kind_text(status.st_mode) + ", not a regular file";
  } else {
    file = ::open(("/proc/self/fd/" + std::to_string(place)).c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    // Without /proc the path is opened again: the check above then holds except for a race.
    if (file < 0 && errno == ENOENT) file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) error = std::strerror(errno);
  }
  ::close(place);
  return file;
}

}  // namespace heapreel
