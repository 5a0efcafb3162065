// aarch64: the thread pointer, system calls without libc, return addresses, a clock.
#pragma once

#include <cstdint>

namespace heapreel::engine::cpu {

inline uintptr_t thread_pointer() {
  return reinterpret_cast<uintptr_t>(__builtin_thread_pointer());
}

// The stack pointer of the function that this is inlined into.
inline uintptr_t stack_pointer() {
  uintptr_t value;
  asm("mov %0, sp" : "=r"(value));
  return value;
}

// The wrappers of libc set errno and may be interposed.
inline long raw_syscall(long number, long a, long b, long c, long d) {
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  asm volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
}

// The address in a saved return address, without the signature that pointer authentication keeps in its upper bits.
// A hint instruction (xpaclri), which processors without authentication ignore.
inline uintptr_t return_address(uintptr_t word) {
  register uintptr_t x30 asm("x30") = word;
  asm("hint #7" : "+r"(x30));
  return x30;
}

// Ticks of a constant-rate clock, not ordered with the code around it.
inline uint64_t ticks() {
  uint64_t value;
  asm volatile("mrs %0, cntvct_el0" : "=r"(value));
  return value;
}

// To be called between two looks at a word that another core is about to write.
inline void relax() {
  asm volatile("yield");
}

}  // namespace heapreel::engine::cpu
