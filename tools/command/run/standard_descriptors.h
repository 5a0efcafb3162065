// Files that `run` opens for itself must not take the places of standard input, output and error where the caller has
// closed those: the program would read and write heapreel's memory there.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <vector>

namespace heapreel::tools {

// While an object of this class lives, the descriptors 0 to 2 are open. Those that the caller had closed are /dev/null,
// for heapreel alone: a program that heapreel executes finds them closed, as the caller left them.
class StandardDescriptors {
 public:
  StandardDescriptors() {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
      if (fcntl(fd, F_GETFD) >= 0) continue;
      const int opened = open("/dev/null", O_RDWR | O_CLOEXEC);
      if (opened >= 0) taken_.push_back(opened);
    }
  }
  ~StandardDescriptors() {
    for (const int fd : taken_) close(fd);
  }
  StandardDescriptors(const StandardDescriptors&) = delete;
  StandardDescriptors& operator=(const StandardDescriptors&) = delete;

 private:
  std::vector<int> taken_;
};

}  // namespace heapreel::tools
