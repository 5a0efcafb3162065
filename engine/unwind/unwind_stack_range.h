// The part of a stack that a walk may read: [low, high).
#pragma once

#include <cstdint>
#include <cstring>

#include "engine/unwind/cpu.h"

// ld.so's: where the kernel put argc, above every frame of the main thread.
extern "C" void* __libc_stack_end;

namespace heapreel::engine {

struct StackRange {
  // Bytes below rsp that the ABI keeps unharmed by signal handlers.
  static constexpr int kRedZone = 128;

  uintptr_t low = 0;
  uintptr_t high = 0;

  bool holds_word(uintptr_t address) const { return address >= low && address < high && high - address >= 8; }
};

// A word of a stack. The caller has proved that it may be read.
[[gnu::always_inline]] inline uintptr_t stack_word(uintptr_t address) {
  uintptr_t word;
  std::memcpy(&word, reinterpret_cast<const void*>(address), sizeof word);
  return word;
}

// The end of the stack that `sp` lies on, or an upper bound of it, or the end of the address space when
// nothing is known (fibers on the heap of another thread, raw clone). No system call and no lock: glibc keeps
// a thread's control block at the top of its stack, so the thread pointer bounds every stack below it; the
// distance limit keeps stacks that merely lie somewhere lower from being called bounded.
inline uintptr_t stack_end(uintptr_t sp) {
  constexpr uintptr_t kMaxDistance = uintptr_t{1} << 30;
  const uintptr_t thread_pointer = cpu::thread_pointer();
  if (thread_pointer - sp < kMaxDistance) return thread_pointer;
  const auto main_end = reinterpret_cast<uintptr_t>(__libc_stack_end);
  if (main_end - sp < kMaxDistance) return main_end;
  return UINTPTR_MAX;
}

}  // namespace heapreel::engine
