// The live page beside a recording (`run --live`, `attach --live`). A process of its own serves it, so that neither the
// recorder nor the process that waits for the program deals with browsers.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace heapreel::tools {

class LiveViewer {
 public:
  // Forks the process and says on stderr where the page is, or why there is none: the recording goes on in both cases.
  // `reel` need not exist yet; an older reel of this name, of another process than `process`, is ignored.
  LiveViewer(const std::string& reel, pid_t process);
  // Waits until the viewers have got the end of the recording: at most three seconds, and not at all when there are
  // none.
  ~LiveViewer();
  LiveViewer(const LiveViewer&) = delete;
  LiveViewer& operator=(const LiveViewer&) = delete;

 private:
  pid_t id_ = -1;
  int end_fd_ = -1;  // closing it says that the recording has ended
};

}  // namespace heapreel::tools
