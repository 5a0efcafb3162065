// One row of the call-frame table: how to find the caller's registers at one address.
#pragma once

#include <cstdint>

namespace heapreel::engine {

// x86_64 register numbers of the DWARF ABI, as far as unwinding names them.
namespace dwarf_register {
inline constexpr uint32_t kRbp = 6;
inline constexpr uint32_t kRsp = 7;
inline constexpr uint32_t kReturnAddress = 16;
inline constexpr uint32_t kCount = 17;
}  // namespace dwarf_register

struct CfiRegisterRule {
  enum class Kind : uint8_t {
    kUnspecified,     // no word about it: unchanged
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
  CfiRegisterRule registers[dwarf_register::kCount];
};

}  // namespace heapreel::engine
