// x86_64: the thread pointer, system calls without libc, return addresses, a clock.
#pragma once

#include <cstdint>

namespace heapreel::engine::cpu {

inline uintptr_t thread_pointer() {
  uintptr_t value;
  asm("mov %%fs:0, %0" : "=r"(value));
  return value;
}

// The stack pointer of the function that this is inlined into.
inline uintptr_t stack_pointer() {
  uintptr_t value;
  asm("mov %%rsp, %0" : "=r"(value));
  return value;
}

// The wrappers of libc set errno and may be interposed.
inline long raw_syscall(long number, long a, long b, long c, long d) {
  long result;
  register long r10 asm("r10") = d;
  asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
  return result;
}

// The address in a saved return address: here, all of it.
constexpr uintptr_t return_address(uintptr_t word) {
  return word;
}

// Ticks of a constant-rate clock, not ordered with the code around it.
inline uint64_t ticks() {
  return __builtin_ia32_rdtsc();
}

// To be called between two looks at a word that another core is about to write.
inline void relax() {
  __builtin_ia32_pause();
}

}  // namespace heapreel::engine::cpu
