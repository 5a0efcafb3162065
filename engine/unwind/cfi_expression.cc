#include "engine/unwind/cfi_expression.h"

#include "engine/unwind/cfi_reader.h"

namespace heapreel::engine {
namespace {

// DW_OP_*
enum Operation : uint8_t {
  kAddress = 0x03,
  kDereference = 0x06,
  kConst1u = 0x08,
  kConst1s = 0x09,
  kConst2u = 0x0a,
  kConst2s = 0x0b,
  kConst4u = 0x0c,
  kConst4s = 0x0d,
  kConst8u = 0x0e,
  kConst8s = 0x0f,
  kConstU = 0x10,
  kConstS = 0x11,
  kDuplicate = 0x12,
  kDrop = 0x13,
  kOver = 0x14,
  kPick = 0x15,
  kSwap = 0x16,
  kRotate = 0x17,
  kAnd = 0x1a,
  kMinus = 0x1c,
  kMultiply = 0x1e,
  kNegate = 0x1f,
  kNot = 0x20,
  kOr = 0x21,
  kPlus = 0x22,
  kPlusConst = 0x23,
  kShiftLeft = 0x24,
  kShiftRight = 0x25,
  kShiftRightArithmetic = 0x26,
  kXor = 0x27,
  kBranch = 0x28,
  kEqual = 0x29,
  kGreaterEqual = 0x2a,
  kGreater = 0x2b,
  kLessEqual = 0x2c,
  kLess = 0x2d,
  kNotEqual = 0x2e,
  kSkip = 0x2f,
  kLiteral0 = 0x30,
  kLiteral31 = 0x4f,
  kBaseRegister0 = 0x70,
  kBaseRegister31 = 0x8f,
  kBaseRegisterX = 0x92,
  kNoOperation = 0x96,
};

// Enough for any compiler's output and small enough for a signal stack.
class OperandStack {
 public:
  void push(uintptr_t value) {
    if (size_ == kCapacity) {
      ok_ = false;
    } else {
      values_[size_++] = value;
    }
  }
  uintptr_t pop() {
    if (size_ == 0) {
      ok_ = false;
      return 0;
    }
    return values_[--size_];
  }
  uintptr_t peek(uint32_t depth) {
    if (depth >= size_) {
      ok_ = false;
      return 0;
    }
    return values_[size_ - 1 - depth];
  }
  bool ok() const { return ok_; }

 private:
  static constexpr uint32_t kCapacity = 16;
  uintptr_t values_[kCapacity];
  uint32_t size_ = 0;
  bool ok_ = true;
};

// `left` was pushed before `right`. False when the operation is not one of two operands.
bool combine(uint8_t operation, uintptr_t left, uintptr_t right, uintptr_t& result) {
  const auto signed_left = static_cast<intptr_t>(left);
  const auto signed_right = static_cast<intptr_t>(right);
  switch (operation) {
    case kAnd:
      result = left & right;
      return true;
    case kMinus:
      result = left - right;
      return true;
    case kMultiply:
      result = left * right;
      return true;
    case kOr:
      result = left | right;
      return true;
    case kPlus:
      result = left + right;
      return true;
    case kShiftLeft:
      result = right < 64 ? left << right : 0;
      return true;
    case kShiftRight:
      result = right < 64 ? left >> right : 0;
      return true;
    case kShiftRightArithmetic:
      result = static_cast<uintptr_t>(signed_left >> (right < 64 ? right : 63));
      return true;
    case kXor:
      result = left ^ right;
      return true;
    case kEqual:
      result = left == right;
      return true;
    case kNotEqual:
      result = left != right;
      return true;
    case kGreaterEqual:
      result = signed_left >= signed_right;
      return true;
    case kGreater:
      result = signed_left > signed_right;
      return true;
    case kLessEqual:
      result = signed_left <= signed_right;
      return true;
    case kLess:
      result = signed_left < signed_right;
      return true;
    default:
      return false;
  }
}

bool push_constant(uint8_t operation, CfiReader& reader, OperandStack& operands) {
  if (operation >= kLiteral0 && operation <= kLiteral31) {
    operands.push(operation - kLiteral0);
    return true;
  }
  switch (operation) {
    case kAddress:
    case kConst8u:
    case kConst8s:
      operands.push(reader.fixed<uint64_t>());
      return true;
    case kConst1u:
      operands.push(reader.fixed<uint8_t>());
      return true;
    case kConst1s:
      operands.push(static_cast<uintptr_t>(intptr_t{reader.fixed<int8_t>()}));
      return true;
    case kConst2u:
      operands.push(reader.fixed<uint16_t>());
      return true;
    case kConst2s:
      operands.push(static_cast<uintptr_t>(intptr_t{reader.fixed<int16_t>()}));
      return true;
    case kConst4u:
      operands.push(reader.fixed<uint32_t>());
      return true;
    case kConst4s:
      operands.push(static_cast<uintptr_t>(intptr_t{reader.fixed<int32_t>()}));
      return true;
    case kConstU:
      operands.push(reader.uleb());
      return true;
    case kConstS:
      operands.push(static_cast<uintptr_t>(reader.sleb()));
      return true;
    default:
      return false;
  }
}

bool rearrange(uint8_t operation, CfiReader& reader, OperandStack& operands) {
  switch (operation) {
    case kDuplicate:
      operands.push(operands.peek(0));
      return true;
    case kOver:
      operands.push(operands.peek(1));
      return true;
    case kPick:
      operands.push(operands.peek(reader.fixed<uint8_t>()));
      return true;
    case kDrop:
      operands.pop();
      return true;
    case kNegate:
      operands.push(0 - operands.pop());
      return true;
    case kNot:
      operands.push(~operands.pop());
      return true;
    case kPlusConst:
      operands.push(operands.pop() + reader.uleb());
      return true;
    case kSwap: {
      const uintptr_t top = operands.pop();
      const uintptr_t second = operands.pop();
      operands.push(top);
      operands.push(second);
      return true;
    }
    case kRotate: {
      const uintptr_t top = operands.pop();
      const uintptr_t second = operands.pop();
      const uintptr_t third = operands.pop();
      operands.push(top);
      operands.push(third);
      operands.push(second);
      return true;
    }
    case kNoOperation:
      return true;
    default:
      return false;
  }
}

}  // namespace

CfiEvaluation evaluate(CfiExpression expression, const UnwindRegisters& registers, StackRange stack,
                       const uintptr_t* initial, uintptr_t& result) noexcept {
  constexpr int kMaxSteps = 256;  // branches may loop
  CfiReader reader(expression.begin, expression.end);
  OperandStack operands;
  if (initial != nullptr) operands.push(*initial);

  for (int step = 0; !reader.at_end(); ++step) {
    if (step == kMaxSteps) return CfiEvaluation::kFailed;
    const auto operation = reader.fixed<uint8_t>();
    if ((operation >= kBaseRegister0 && operation <= kBaseRegister31) || operation == kBaseRegisterX) {
      const uint64_t number = operation == kBaseRegisterX ? reader.uleb() : operation - uint64_t{kBaseRegister0};
      const int64_t offset = reader.sleb();
      if (!registers.knows(number)) return CfiEvaluation::kUnknownRegister;
      operands.push(registers[static_cast<uint32_t>(number)] + static_cast<uintptr_t>(offset));
    } else if (operation == kDereference) {
      const uintptr_t address = operands.pop();
      if (!stack.holds_word(address)) return CfiEvaluation::kFailed;
      operands.push(stack_word(address));
    } else if (operation == kSkip || operation == kBranch) {
      const auto distance = reader.fixed<int16_t>();
      if (operation == kBranch && operands.pop() == 0) continue;
      const ptrdiff_t target = reader.at() - expression.begin + distance;
      if (target < 0 || target > expression.end - expression.begin) return CfiEvaluation::kFailed;
      reader = CfiReader(expression.begin + target, expression.end);
    } else if (!push_constant(operation, reader, operands) && !rearrange(operation, reader, operands)) {
      const uintptr_t right = operands.pop();
      const uintptr_t left = operands.pop();
      uintptr_t combined = 0;
      if (!combine(operation, left, right, combined)) return CfiEvaluation::kFailed;
      operands.push(combined);
    }
    if (!reader.ok() || !operands.ok()) return CfiEvaluation::kFailed;
  }
  result = operands.pop();
  return reader.ok() && operands.ok() ? CfiEvaluation::kDone : CfiEvaluation::kFailed;
}

}  // namespace heapreel::engine
