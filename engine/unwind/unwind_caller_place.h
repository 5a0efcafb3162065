// Where a frame's rule says that its caller's registers are.
#pragma once

#include <cstdint>

namespace heapreel::engine {

struct CallerPlace {
  uintptr_t sp;     // the caller's stack pointer: the frame's CFA
  uintptr_t pc_at;  // the word that holds the return address
  uintptr_t bp_at;  // the word that holds the caller's frame pointer, 0 when that is unchanged
};

}  // namespace heapreel::engine
