// The words that one step from a frame to its caller has loaded, so that they can be loaded again.
#pragma once

#include <cstdint>

#include "engine/unwind/unwind_stack_range.h"

namespace heapreel::engine {

// What a stack word was loaded for.
enum class WordUse : uint8_t {
  kRegister,       // a stack pointer, a CFA, a frame pointer that the next frames need
  kFramePointer,   // bp: the next frames may need it
  kReturnAddress,  // the next frame's pc, as a call left it
  kExactPc,        // the next frame's pc, as a signal left it
};

class StackReads {
 public:
  static constexpr uint32_t kMost = 3;

  struct Read {
    uintptr_t at;
    uintptr_t value;
    WordUse use;
  };

  // Loads the word at `address`, which the caller has proved to be readable.
  uintptr_t read(uintptr_t address, WordUse use) {
    const uintptr_t value = stack_word(address);
    if (count_ < kMost) reads_[count_++] = {address, value, use};
    return value;
  }
  // The step depended on the frame's bp.
  void use_bp() { uses_bp_ = true; }
  // Says that the step depended on more than what is noted here.
  void leave_out() { is_complete_ = false; }

  bool uses_bp() const { return uses_bp_; }
  bool is_complete() const { return is_complete_; }
  const Read* begin() const { return reads_; }
  const Read* end() const { return reads_ + count_; }

 private:
  Read reads_[kMost];
  uint32_t count_ = 0;
  bool uses_bp_ = false;
  bool is_complete_ = true;
};

}  // namespace heapreel::engine
