// Machine code without unwind tables, as a just-in-time compiler makes it: with frame pointers.
#pragma once

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace heapreel::bench {

// Functions that lie in no module and call one another; the innermost calls `callee`. They stay until the process ends.
class UntabledCode {
 public:
  using Function = void* (*)(size_t);
  static constexpr bool is_supported() { return sizeof kCode > 1; }

  UntabledCode(int depth, Function callee) : outermost_(callee) {
    void* memory =
        mmap(nullptr, kStride * static_cast<size_t>(depth), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail();
    auto* place = static_cast<unsigned char*>(memory);
    for (int i = 0; i < depth; ++i, place += kStride) {
      std::memcpy(place, kCode, sizeof kCode);
      std::memcpy(place + kCalleeAt, &outermost_, sizeof outermost_);
      std::memcpy(&outermost_, &place, sizeof place);
    }
    if (mprotect(memory, kStride * static_cast<size_t>(depth), PROT_READ | PROT_EXEC) != 0) fail();
  }

  void* operator()(size_t size) const { return outermost_(size); }

 private:
  static void fail() {
    std::perror("memory for code");
    std::exit(1);
  }

  static constexpr size_t kStride = 64;
#if defined(__x86_64__)
  // push rbp; mov rbp, rsp; mov rax, callee; call rax; pop rbp; ret
  static constexpr size_t kCalleeAt = 6;
  static constexpr unsigned char kCode[] = {0x55, 0x48, 0x89, 0xe5, 0x48, 0xb8, 0,    0,    0,
                                            0,    0,    0,    0,    0,    0xff, 0xd0, 0x5d, 0xc3};
#else
  static constexpr size_t kCalleeAt = 0;
  static constexpr unsigned char kCode[] = {0};
#endif

  Function outermost_;
};

}  // namespace heapreel::bench
