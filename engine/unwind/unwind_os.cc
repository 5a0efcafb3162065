#include "engine/unwind/unwind_os.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

#include "engine/unwind/cpu.h"

namespace heapreel::engine::unwind_os {
namespace {

long as_long(const void* pointer) {
  return reinterpret_cast<long>(pointer);
}

// Reads /proc/self/maps character by character: lines "begin-end access offset device inode   path".
class MapsReader {
 public:
  MapsReader(uintptr_t address, char* path, size_t capacity) : address_(address), path_(path), capacity_(capacity) {}

  // Whether the line whose range covers the address has been read to its end.
  bool done() const { return done_; }
  size_t length() const { return done_ ? length_ : 0; }

  void read(char c) {
    if (done_) return;
    if (c == '\n') {
      done_ = covers_ && length_ != 0;
      if (done_) return;
      part_ = kBegin;
      number_ = begin_ = length_ = 0;
      covers_ = false;
    } else if (part_ == kBegin || part_ == kEnd) {
      read_range(c);
    } else if (part_ == kPath || c == '/') {
      part_ = kPath;
      if (covers_ && length_ < capacity_) path_[length_++] = c;
    }
  }

 private:
  enum Part : uint8_t { kBegin, kEnd, kRest, kPath };

  void read_range(char c) {
    if (c == '-') {
      begin_ = number_;
      number_ = 0;
      part_ = kEnd;
    } else if (c == ' ') {
      covers_ = begin_ <= address_ && address_ < number_;
      part_ = kRest;
    } else {
      number_ = number_ * 16 + static_cast<uintptr_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    }
  }

  const uintptr_t address_;
  char* const path_;
  const size_t capacity_;
  Part part_ = kBegin;
  uintptr_t number_ = 0;
  uintptr_t begin_ = 0;
  size_t length_ = 0;
  bool covers_ = false;
  bool done_ = false;
};

}  // namespace

bool is_readable_word(uintptr_t address) noexcept {
  // rt_sigprocmask copies the new set before it rejects the invalid `how`: EFAULT means unreadable, EINVAL readable.
  constexpr long kInvalidHow = -1;
  constexpr long kSetSize = 8;
  return cpu::raw_syscall(SYS_rt_sigprocmask, kInvalidHow, static_cast<long>(address), 0, kSetSize) == -EINVAL;
}

bool is_on_signal_stack() noexcept {
  stack_t stack = {};
  return cpu::raw_syscall(SYS_sigaltstack, 0, as_long(&stack), 0, 0) != 0 || (stack.ss_flags & SS_ONSTACK) != 0;
}

bool is_first_thread() noexcept {
  return cpu::raw_syscall(SYS_gettid, 0, 0, 0, 0) == cpu::raw_syscall(SYS_getpid, 0, 0, 0, 0);
}

size_t program_path(char* buffer, size_t capacity) noexcept {
  // Without an interpreter the kernel executed the loader, which mapped the program like a library.
  if (getauxval(AT_BASE) == 0 && _r_debug.r_map != nullptr) {
    return mapped_path(reinterpret_cast<uintptr_t>(_r_debug.r_map->l_ld), buffer, capacity);
  }
  const long length = cpu::raw_syscall(SYS_readlinkat, AT_FDCWD, as_long("/proc/self/exe"), as_long(buffer),
                                       static_cast<long>(capacity));
  return length > 0 ? static_cast<size_t>(length) : 0;
}

size_t mapped_path(uintptr_t address, char* buffer, size_t capacity) noexcept {
  const long fd = cpu::raw_syscall(SYS_openat, AT_FDCWD, as_long("/proc/self/maps"), O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return 0;
  MapsReader reader(address, buffer, capacity);
  char text[1024];
  long got = 1;
  while (got > 0 && !reader.done()) {
    got = cpu::raw_syscall(SYS_read, fd, as_long(text), sizeof text, 0);
    for (long i = 0; i < got; ++i) reader.read(text[i]);
  }
  cpu::raw_syscall(SYS_close, fd, 0, 0, 0);
  return reader.length();
}

size_t current_directory(char* buffer, size_t capacity) noexcept {
  const long size = cpu::raw_syscall(SYS_getcwd, as_long(buffer), static_cast<long>(capacity), 0, 0);
  return size > 1 && buffer[0] == '/' ? static_cast<size_t>(size) - 1 : 0;
}

}  // namespace heapreel::engine::unwind_os
