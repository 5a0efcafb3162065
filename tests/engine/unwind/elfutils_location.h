// What elfutils says of a register or the CFA, in the shapes that rules are made of.
#pragma once

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>

namespace heapreel::engine {

struct Location {
  Dwarf_Op memory[3];
  Dwarf_Op* ops = nullptr;
  size_t count = 0;

  bool is_undefined() const { return count == 0 && ops != nullptr; }
  bool is_unchanged() const { return count == 0 && ops == nullptr; }
  // Saved at CFA + offset.
  std::optional<int64_t> saved_at() const {
    if (count == 1 && ops[0].atom == DW_OP_call_frame_cfa) return 0;
    if (count == 2 && ops[0].atom == DW_OP_call_frame_cfa && ops[1].atom == DW_OP_plus_uconst) {
      return static_cast<int64_t>(ops[1].number);
    }
    return std::nullopt;
  }
  bool is_cfa() const { return count == 2 && ops[0].atom == DW_OP_call_frame_cfa && ops[1].atom == DW_OP_stack_value; }
  // Saved at a register plus an offset.
  std::optional<int64_t> saved_at_register(int number) const {
    const size_t at = count != 0 && ops[0].atom == DW_OP_call_frame_cfa ? 1 : 0;
    if (count == at + 1 && ops[at].atom == DW_OP_breg0 + number) return static_cast<int64_t>(ops[at].number);
    return std::nullopt;
  }
};

inline Location location_of(Dwarf_Frame* frame, int number) {
  Location location;
  EXPECT_EQ(dwarf_frame_register(frame, number, location.memory, &location.ops, &location.count), 0);
  return location;
}

// The rule of a row, as the architecture's file beside this one makes it of what elfutils says.
class UnwindRule;
UnwindRule rule_by_elfutils(Dwarf_Frame* frame, bool signal, int return_address);

}  // namespace heapreel::engine
