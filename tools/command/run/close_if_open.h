#pragma once

#include <unistd.h>

namespace heapreel::tools {

// -1 stands for a descriptor that is not open, and is what `fd` is afterwards.
inline void close_if_open(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

}  // namespace heapreel::tools
