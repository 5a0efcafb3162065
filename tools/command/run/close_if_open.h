#pragma once

#include <unistd.h>

namespace heapreel::tools {

// Closes a descriptor unless it is -1, and sets it to -1.
inline void close_if_open(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

}  // namespace heapreel::tools
