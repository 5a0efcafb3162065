// Which compilation unit holds an address.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "snapshot/elf_file.h"

struct Dwarf;

namespace heapreel {

class DwarfUnitIndex {
 public:
  // Reads the ranges of every unit. Only those inside `code` count: linkers leave ranges of discarded
  // functions at zero, where they would cover others.
  DwarfUnitIndex(Dwarf* dwarf, std::span<const AddressRange> code);

  // Offset of the unit's first entry in .debug_info. Of overlapping units the one that begins last.
  std::optional<uint64_t> find(uint64_t vaddr) const;

 private:
  struct UnitRange {
    uint64_t start;
    uint64_t end;
    uint64_t reach;  // the furthest end of all ranges up to this one
    uint64_t unit;
  };
  std::vector<UnitRange> ranges_;  // by start
};

}  // namespace heapreel
