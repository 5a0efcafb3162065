// Which compilation unit holds an address.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "snapshot/symbols/elf_file.h"

struct Dwarf;

namespace heapreel {

class DwarfUnitIndex {
 public:
  // Reads the ranges of every unit. Only those inside `code` count: linkers leave ranges of discarded
  // functions at zero, where they would cover others.
  DwarfUnitIndex(Dwarf* dwarf, std::span<const AddressRange> code);

  // Offset of the unit's first entry in .debug_info. Of several units that cover the address the first in the file: a
  // linker that throws away copies of an inline function points the debug information of all copies at the one it
  // keeps, and it keeps the first.
  std::optional<uint64_t> find(uint64_t vaddr) const;

 private:
  struct UnitRange {
    uint64_t start;
    uint64_t end;
    uint64_t unit;
  };
  static std::vector<UnitRange> disjoint(const std::vector<UnitRange>& ranges);

  std::vector<UnitRange> ranges_;  // by start, disjoint
};

}  // namespace heapreel
