#include "engine/unwind/cfi_expression.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

namespace heapreel::engine {
namespace {

constexpr uint8_t kBaseRegister7 = 0x77;
constexpr uint8_t kBaseRegister16 = 0x80;

struct Evaluated {
  CfiEvaluation outcome;
  uintptr_t value;
};

Evaluated evaluate_bytes(std::vector<uint8_t> bytes, const UnwindRegisters& registers, StackRange stack = {},
                         const uintptr_t* initial = nullptr) {
  uintptr_t value = 0;
  const CfiEvaluation outcome = evaluate({bytes.data(), bytes.data() + bytes.size()}, registers, stack, initial, value);
  return {outcome, value};
}

// The expression that linkers write for the procedure linkage table: rsp + 8 + ((rip & 15) >= 11) * 8.
const std::vector<uint8_t> kPltExpression = {kBaseRegister7, 8,   kBaseRegister16, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33,
                                             0x24,           0x22};

TEST(CfiExpression, computes_the_frame_of_a_linkage_table_entry) {
  for (const uintptr_t offset : {0u, 10u, 11u, 15u}) {
    UnwindRegisters registers;
    registers.set(dwarf_register::kStackPointer, 0x1000);
    registers.set(dwarf_register::kReturnAddress, 0x4000 + offset);
    const Evaluated evaluated = evaluate_bytes(kPltExpression, registers);
    ASSERT_EQ(evaluated.outcome, CfiEvaluation::kDone);
    EXPECT_EQ(evaluated.value, 0x1008 + (offset >= 11 ? 8u : 0u));
  }
}

TEST(CfiExpression, loads_from_the_stack_only) {
  const uintptr_t word = 77;
  const auto address = reinterpret_cast<uintptr_t>(&word);
  UnwindRegisters registers;
  registers.set(dwarf_register::kStackPointer, address);
  const Evaluated inside = evaluate_bytes({kBaseRegister7, 0, 0x06}, registers, {address, address + 8});
  EXPECT_EQ(inside.outcome, CfiEvaluation::kDone);
  EXPECT_EQ(inside.value, 77u);
  EXPECT_EQ(evaluate_bytes({kBaseRegister7, 8, 0x06}, registers, {address, address + 8}).outcome,
            CfiEvaluation::kFailed);
  EXPECT_EQ(evaluate_bytes({kBaseRegister7, 4, 0x06}, registers, {address, address + 8}).outcome,
            CfiEvaluation::kFailed);
}

TEST(CfiExpression, says_when_it_needs_a_register_it_does_not_know) {
  EXPECT_EQ(evaluate_bytes({0x73, 0}, UnwindRegisters{}).outcome, CfiEvaluation::kUnknownRegister);
}

TEST(CfiExpression, starts_with_the_operand_it_is_given) {
  const uintptr_t cfa = 500;
  const Evaluated evaluated = evaluate_bytes({0x23, 12}, UnwindRegisters{}, {}, &cfa);
  EXPECT_EQ(evaluated.value, 512u);
}

TEST(CfiExpression, fails_without_operands) {
  EXPECT_EQ(evaluate_bytes({0x22}, UnwindRegisters{}).outcome, CfiEvaluation::kFailed);
  EXPECT_EQ(evaluate_bytes({}, UnwindRegisters{}).outcome, CfiEvaluation::kFailed);
}

TEST(CfiExpression, ends_a_loop_that_would_not) {
  EXPECT_EQ(evaluate_bytes({0x2f, 0xfd, 0xff}, UnwindRegisters{}).outcome, CfiEvaluation::kFailed);
}

TEST(CfiExpression, survives_any_bytes) {
  std::mt19937_64 random(3);
  std::vector<uintptr_t> stack(32, 5);
  const auto low = reinterpret_cast<uintptr_t>(stack.data());
  UnwindRegisters registers;
  for (uint32_t number = 0; number < dwarf_register::kCount; ++number) registers.set(number, low);
  int done = 0;
  for (int round = 0; round < 300000; ++round) {
    const size_t size = 1 + random() % 24;
    const auto bytes = std::make_unique<uint8_t[]>(size);
    for (size_t i = 0; i < size; ++i)
      bytes[i] = static_cast<uint8_t>(random() % 3 == 0 ? random() : 0x10 + random() % 0x50);
    uintptr_t value = 0;
    done += evaluate({bytes.get(), bytes.get() + size}, registers, {low, low + 256}, nullptr, value) ==
            CfiEvaluation::kDone;
  }
  EXPECT_GT(done, 1000);
}

}  // namespace
}  // namespace heapreel::engine
