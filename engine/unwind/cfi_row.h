// One row of the call-frame table: how to find the caller's registers at one address.
#pragma once

#include <cstdint>

#include "engine/unwind/dwarf_register.h"

namespace heapreel::engine {

struct CfiRegisterRule {
  enum class Kind : uint8_t {
    kUnspecified,     // the table does not mention it: unchanged
    kUndefined,       // its value is lost; for the return address: the outermost frame
    kSameValue,       // unchanged
    kSavedAt,         // at CFA + offset
    kIs,              // CFA + offset
    kInRegister,      // in the register `offset`
    kSavedAtAddress,  // at the address that the expression yields
    kIsValue,         // what the expression yields
  };
  Kind kind = Kind::kUnspecified;
  int64_t offset = 0;
  const uint8_t* expression = nullptr;
  const uint8_t* expression_end = nullptr;
};

struct CfiCfaRule {
  enum class Kind : uint8_t { kUnspecified, kRegisterPlusOffset, kExpression };
  Kind kind = Kind::kUnspecified;
  uint64_t reg = 0;
  int64_t offset = 0;
  const uint8_t* expression = nullptr;
  const uint8_t* expression_end = nullptr;
};

struct CfiRow {
  CfiCfaRule cfa;
  bool return_address_signed = false;  // only where dwarf_register::kSignsReturnAddresses
  CfiRegisterRule registers[dwarf_register::kCount];
};

}  // namespace heapreel::engine
