// The live page beside a recording (`run --live`, `attach --live`): a process of its own serves it, so that neither the
// recorder nor whoever waits for the program has anything to do with browsers.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace heapreel::tools {

class LiveViewer {
 public:
  // Forks the process and says on stderr where the page is, or why there is none: the recording goes on either way.
  // `reel` need not be there yet; an older one of this name, of another process than this one, is waited over.
  LiveViewer(const std::string& reel, pid_t process);
  // Waits until those who look have got the end of the recording: three seconds at most, and none while nobody looks.
  ~LiveViewer();
  LiveViewer(const LiveViewer&) = delete;
  LiveViewer& operator=(const LiveViewer&) = delete;

 private:
  pid_t id_ = -1;
  int end_fd_ = -1;  // closed: the recording has ended
};

}  // namespace heapreel::tools
