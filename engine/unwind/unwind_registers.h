// What a stack walk knows of one frame's registers.
#pragma once

#include "engine/unwind/cfi_row.h"

namespace heapreel::engine {

class UnwindRegisters {
 public:
  bool knows(uint64_t number) const { return number < dwarf_register::kCount && (known_ >> number & 1) != 0; }
  uintptr_t operator[](uint32_t number) const { return values_[number]; }

  void set(uint32_t number, uintptr_t value) {
    values_[number] = value;
    known_ |= uint64_t{1} << number;
  }
  void forget(uint32_t number) { known_ &= ~(uint64_t{1} << number); }

 private:
  uintptr_t values_[dwarf_register::kCount] = {};
  uint64_t known_ = 0;
};

}  // namespace heapreel::engine
