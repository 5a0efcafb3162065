#include "engine/memory/valgrind.h"

#include <cstdint>

namespace heapreel::engine {

bool runs_on_valgrind() {
  // Valgrind's client request 0x1001, RUNNING_ON_VALGRIND. Its instructions do nothing on a real processor.
  [[maybe_unused]] const volatile uint64_t request[6] = {0x1001, 0, 0, 0, 0, 0};
  uint64_t answer = 0;
#if defined(__x86_64__)
  __asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi; xchgq %%rbx, %%rbx"
                   : "=d"(answer)
                   : "a"(request), "0"(answer)
                   : "cc", "memory");
#elif defined(__aarch64__)
  __asm__ volatile(
      "mov x3, %1; mov x4, %2; ror x12, x12, #3; ror x12, x12, #13; ror x12, x12, #51; ror x12, x12, #61; "
      "orr x10, x10, x10; mov %0, x3"
      : "=r"(answer)
      : "r"(answer), "r"(request)
      : "cc", "memory", "x3", "x4");
#endif
  return answer != 0;
}

}  // namespace heapreel::engine
