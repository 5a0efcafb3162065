// Address ranges of a split unit that libdw cannot follow, because it does not know the unit's skeleton.
#pragma once

#include <utility>
#include <vector>

#include "snapshot/symbols/dwarf_cursor.h"
#include "snapshot/symbols/dwarf_die.h"

namespace heapreel {

struct SplitRanges {
  SectionBytes ranges;      // the unit's part of .debug_rnglists, or of .debug_ranges
  SectionBytes addresses;   // .debug_addr from the unit's first entry on
  uint64_t base = 0;        // the skeleton's lowest address
  bool has_opcodes = true;  // as from version 5 on

  // The ranges of an entry with DW_AT_ranges; in a damaged list, those before the damage.
  std::vector<std::pair<uint64_t, uint64_t>> of(Dwarf_Die& die) const;

 private:
  uint64_t address(uint64_t index) const;
};

}  // namespace heapreel
