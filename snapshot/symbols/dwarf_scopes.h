// Finds what encloses an entry, because libdw's entries do not know their parents.
#pragma once

#include <unordered_map>
#include <vector>

#include "snapshot/symbols/dwarf_die.h"

namespace heapreel {

// The scopes of the units that were asked about; each unit is read once. Must not outlive libdw's handle. For one
// thread.
class DwarfScopes {
 public:
  // Namespaces, classes and functions around `die`, innermost first; at most kMost. Blocks are left out.
  std::vector<Dwarf_Die> around(const Dwarf_Die& die);

  static constexpr size_t kMost = 32;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Scope {
    Dwarf_Die die;
    uint32_t parent;
  };
  struct Unit {
    std::vector<Scope> scopes;
    std::unordered_map<const void*, uint32_t> by_place;
  };

  static void read(Unit& unit, DieOrder& order, const Dwarf_Die& parent, uint32_t number, unsigned depth);

  std::unordered_map<const void*, Unit> units_;
};

}  // namespace heapreel
