// Runs a function's call-frame program up to one address.
#pragma once

#include "engine/unwind/cfi_entry.h"
#include "engine/unwind/cfi_row.h"

namespace heapreel::engine {

// Working memory of one run: 6 KiB, and twice that on aarch64. It must not lie on the host's stack, which may be a
// signal stack of 2 KiB, so that the stack walker carries one. Memory that is all zero is a valid machine.
class CfiMachine {
 public:
  // Leaves in row() the rules in force at `address`, which must lie in [entry.begin, entry.end). False when
  // the program is malformed or uses instructions that the architecture does not define.
  bool run(const CfiEntry& entry, uintptr_t address) noexcept;

  const CfiRow& row() const { return row_; }

 private:
  // Compilers nest these one level deep.
  static constexpr uint32_t kMaxRemembered = 8;

  bool execute(const CfiEntry& entry, CfiBytes program, uintptr_t address);
  bool execute_extended(const CfiEntry& entry, uint8_t opcode, CfiReader& reader);
  void set_register(uint64_t number, CfiRegisterRule::Kind kind, int64_t offset);
  void set_expression(uint64_t number, CfiRegisterRule::Kind kind, CfiReader& reader);
  void restore_register(uint64_t number);

  CfiRow row_;
  CfiRow common_;  // the row after the CIE's program, to which DW_CFA_restore goes back
  CfiRow remembered_[kMaxRemembered];
  uint32_t remembered_count_;
  uintptr_t location_;
};

}  // namespace heapreel::engine
