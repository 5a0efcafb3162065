#include "engine/unwind/cfi_program.h"

namespace heapreel::engine {
namespace {

using Kind = CfiRegisterRule::Kind;

// DW_CFA_*: three opcodes keep an operand in their low six bits, all others are a byte of their own.
constexpr uint8_t kOperandMask = 0x3f;
constexpr uint8_t kAdvanceLocation = 0x40;
constexpr uint8_t kOffset = 0x80;
constexpr uint8_t kRestore = 0xc0;

enum Opcode : uint8_t {
  kNop = 0x00,
  kSetLocation = 0x01,
  kAdvanceLocation1 = 0x02,
  kAdvanceLocation2 = 0x03,
  kAdvanceLocation4 = 0x04,
  kOffsetExtended = 0x05,
  kRestoreExtended = 0x06,
  kUndefined = 0x07,
  kSameValue = 0x08,
  kRegister = 0x09,
  kRememberState = 0x0a,
  kRestoreState = 0x0b,
  kDefineCfa = 0x0c,
  kDefineCfaRegister = 0x0d,
  kDefineCfaOffset = 0x0e,
  kDefineCfaExpression = 0x0f,
  kExpression = 0x10,
  kOffsetExtendedSigned = 0x11,
  kDefineCfaSigned = 0x12,
  kDefineCfaOffsetSigned = 0x13,
  kValueOffset = 0x14,
  kValueOffsetSigned = 0x15,
  kValueExpression = 0x16,
  kNegateReturnAddressState = 0x2d,
  kGnuArgumentsSize = 0x2e,
  kGnuNegativeOffsetExtended = 0x2f,
};

}  // namespace

bool CfiMachine::run(const CfiEntry& entry, uintptr_t address) noexcept {
  row_ = {};
  common_ = {};
  remembered_count_ = 0;
  location_ = entry.begin;
  if (!execute(entry, entry.common_program, address)) return false;
  common_ = row_;
  return execute(entry, entry.program, address) && row_.cfa.kind != CfiCfaRule::Kind::kUnspecified;
}

bool CfiMachine::execute(const CfiEntry& entry, CfiBytes program, uintptr_t address) {
  CfiReader reader(program);
  while (!reader.at_end()) {
    const auto opcode = reader.fixed<uint8_t>();
    uint64_t advance = 0;
    switch (opcode & ~kOperandMask) {
      case kAdvanceLocation:
        advance = opcode & kOperandMask;
        break;
      case kOffset:
        set_register(opcode & kOperandMask, Kind::kSavedAt,
                     static_cast<int64_t>(reader.uleb() * static_cast<uint64_t>(entry.data_alignment)));
        continue;
      case kRestore:
        restore_register(opcode & kOperandMask);
        continue;
      default:
        switch (opcode) {
          case kAdvanceLocation1:
            advance = reader.fixed<uint8_t>();
            break;
          case kAdvanceLocation2:
            advance = reader.fixed<uint16_t>();
            break;
          case kAdvanceLocation4:
            advance = reader.fixed<uint32_t>();
            break;
          case kSetLocation: {
            const uintptr_t location = reader.encoded(entry.pointer_encoding, nullptr);
            if (reader.ok() && location > address) return true;
            location_ = location;
            continue;
          }
          default:
            if (!execute_extended(entry, opcode, reader)) return false;
            continue;
        }
    }
    location_ += advance * entry.code_alignment;
    if (reader.ok() && location_ > address) return true;
  }
  return reader.ok();
}

bool CfiMachine::execute_extended(const CfiEntry& entry, uint8_t opcode, CfiReader& reader) {
  // Factored offsets wrap around, as all numbers of the format do; as signed numbers they would overflow.
  const auto factored = [&entry](uint64_t value) {
    return static_cast<int64_t>(value * static_cast<uint64_t>(entry.data_alignment));
  };
  using Cfa = CfiCfaRule::Kind;
  switch (opcode) {
    case kNop:
      break;
    case kOffsetExtended: {
      const uint64_t number = reader.uleb();
      set_register(number, Kind::kSavedAt, factored(reader.uleb()));
      break;
    }
    case kOffsetExtendedSigned: {
      const uint64_t number = reader.uleb();
      set_register(number, Kind::kSavedAt, factored(static_cast<uint64_t>(reader.sleb())));
      break;
    }
    case kGnuNegativeOffsetExtended: {
      const uint64_t number = reader.uleb();
      set_register(number, Kind::kSavedAt, factored(0 - reader.uleb()));
      break;
    }
    case kValueOffset: {
      const uint64_t number = reader.uleb();
      set_register(number, Kind::kIs, factored(reader.uleb()));
      break;
    }
    case kValueOffsetSigned: {
      const uint64_t number = reader.uleb();
      set_register(number, Kind::kIs, factored(static_cast<uint64_t>(reader.sleb())));
      break;
    }
    case kRestoreExtended:
      restore_register(reader.uleb());
      break;
    case kUndefined:
      set_register(reader.uleb(), Kind::kUndefined, 0);
      break;
    case kSameValue:
      set_register(reader.uleb(), Kind::kSameValue, 0);
      break;
    case kRegister: {
      const uint64_t number = reader.uleb();
      set_register(number, Kind::kInRegister, static_cast<int64_t>(reader.uleb()));
      break;
    }
    case kExpression:
      set_expression(reader.uleb(), Kind::kSavedAtAddress, reader);
      break;
    case kValueExpression:
      set_expression(reader.uleb(), Kind::kIsValue, reader);
      break;
    case kRememberState:
      if (remembered_count_ == kMaxRemembered) return false;
      remembered_[remembered_count_++] = row_;
      break;
    case kRestoreState:
      if (remembered_count_ == 0) return false;
      row_ = remembered_[--remembered_count_];
      break;
    case kDefineCfa:
      row_.cfa = {Cfa::kRegisterPlusOffset, reader.uleb()};
      row_.cfa.offset = static_cast<int64_t>(reader.uleb());
      break;
    case kDefineCfaSigned:
      row_.cfa = {Cfa::kRegisterPlusOffset, reader.uleb()};
      row_.cfa.offset = factored(static_cast<uint64_t>(reader.sleb()));
      break;
    case kDefineCfaRegister:
      if (row_.cfa.kind != Cfa::kRegisterPlusOffset) return false;
      row_.cfa.reg = reader.uleb();
      break;
    case kDefineCfaOffset:
      if (row_.cfa.kind != Cfa::kRegisterPlusOffset) return false;
      row_.cfa.offset = static_cast<int64_t>(reader.uleb());
      break;
    case kDefineCfaOffsetSigned:
      if (row_.cfa.kind != Cfa::kRegisterPlusOffset) return false;
      row_.cfa.offset = factored(static_cast<uint64_t>(reader.sleb()));
      break;
    case kDefineCfaExpression: {
      row_.cfa = {Cfa::kExpression};
      row_.cfa.expression = reader.skip(reader.uleb());
      row_.cfa.expression_end = reader.at();
      break;
    }
    case kGnuArgumentsSize:
      reader.uleb();
      break;
    case kNegateReturnAddressState:
      if (!dwarf_register::kSignsReturnAddresses) return false;
      row_.return_address_signed = !row_.return_address_signed;
      break;
    default:
      return false;
  }
  return reader.ok();
}

// No caller is found through registers beyond the return address (vectors, masks): their rules are dropped.
void CfiMachine::set_register(uint64_t number, Kind kind, int64_t offset) {
  if (number < dwarf_register::kCount) row_.registers[number] = {kind, offset};
}

void CfiMachine::set_expression(uint64_t number, Kind kind, CfiReader& reader) {
  const uint8_t* const begin = reader.skip(reader.uleb());
  if (number < dwarf_register::kCount) row_.registers[number] = {kind, 0, begin, reader.at()};
}

void CfiMachine::restore_register(uint64_t number) {
  if (number < dwarf_register::kCount) row_.registers[number] = common_.registers[number];
}

}  // namespace heapreel::engine
