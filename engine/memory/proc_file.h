// Reads small files of the kernel by system calls alone, because pthread_cancel() can end a thread in the C library's
// open() and read().
#pragma once

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace heapreel::engine::platform {

// The beginning of a file as text; empty when it cannot be read. Changes errno.
inline void read_proc(const char* path, char* text, size_t bytes) {
  const long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  const long got = fd < 0 ? 0 : syscall(SYS_read, fd, text, bytes - 1);
  text[got > 0 ? got : 0] = '\0';
  if (fd >= 0) syscall(SYS_close, fd);
}

// Makes the name of such a file without the C library's printf, which may allocate.
class ProcPath {
 public:
  ProcPath& add(const char* piece) {
    while (*piece != '\0' && length_ < sizeof text_ - 1) text_[length_++] = *piece++;
    return *this;
  }
  ProcPath& add(uint32_t number) {
    char digits[11] = {};
    char* first = digits + sizeof digits - 1;
    do {
      *--first = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    return add(first);
  }
  const char* text() const { return text_; }

 private:
  char text_[64] = {};
  size_t length_ = 0;
};

}  // namespace heapreel::engine::platform
