// How long the consolidator's thread was ready to run and had no core, as the kernel counts it: what of a latency is the
// machine's, and not the tracer's.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

namespace heapreel::bench {

class CoreWait {
 public:
  CoreWait() {
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
      std::string name;
      std::ifstream(thread.path() / "comm") >> name;
      if (name == "heapreel") fd_ = open((thread.path() / "schedstat").c_str(), O_RDONLY | O_CLOEXEC);
    }
  }
  ~CoreWait() {
    if (fd_ >= 0) close(fd_);
  }
  CoreWait(const CoreWait&) = delete;
  CoreWait& operator=(const CoreWait&) = delete;

  // In nanoseconds, since the thread began; 0 where the kernel does not tell.
  uint64_t total_ns() const {
    char text[96] = {};
    if (pread(fd_, text, sizeof text - 1, 0) <= 0) return 0;
    const char* const second = std::strchr(text, ' ');  // behind the time that it ran
    return second == nullptr ? 0 : std::strtoull(second, nullptr, 10);
  }

 private:
  int fd_ = -1;
};

}  // namespace heapreel::bench
