// Small files of the kernel, read by system calls alone: open() and read() of the C library are where a thread can be
// cancelled.
#pragma once

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace heapreel::engine::platform {

// The beginning of a file as text; empty when it cannot be read. Changes errno.
inline void read_proc(const char* path, char* text, size_t bytes) {
  const long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  const long got = fd < 0 ? 0 : syscall(SYS_read, fd, text, bytes - 1);
  text[got > 0 ? got : 0] = '\0';
  if (fd >= 0) syscall(SYS_close, fd);
}

}  // namespace heapreel::engine::platform
