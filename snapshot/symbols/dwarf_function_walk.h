// Which function an address belongs to, and which calls were inlined there: one walk over a compilation
// unit's entries for all its addresses. (libdw's own dwarf_getscopes walks the unit anew for each address.)
#pragma once

#include <cstdint>
#include <vector>

#include "snapshot/symbols/dwarf_die.h"
#include "snapshot/symbols/dwarf_function_names.h"
#include "snapshot/symbols/split_ranges.h"

namespace heapreel {

// The function around an address, or a call inlined into the scope before.
struct DwarfScope {
  const FunctionName* function;
  uint32_t call_file;  // where the inlined call stands: index into the unit's file table, and line
  uint32_t call_line;
};

struct DwarfLookup {
  uint64_t vaddr;
  std::vector<DwarfScope> scopes;  // outermost first; empty = no function found
};

class DwarfFunctionWalk {
 public:
  // `lookups` by ascending address; their scopes are filled in.
  // `split`: how ranges are read where libdw cannot; null: libdw can.
  DwarfFunctionWalk(DwarfFunctionNames& names, std::vector<DwarfLookup*> lookups, const SplitRanges* split)
      : names_(names), lookups_(std::move(lookups)), split_(split) {}

  // False when entries were found damaged; what could be read is there nevertheless.
  bool run(Dwarf_Die unit);

 private:
  using Lookups = std::vector<DwarfLookup*>;
  struct Function {
    Dwarf_Die die;
    Lookups lookups;
  };
  // Where functions are looked for. Nearly all stand in a unit or a namespace. Members of local classes and nested
  // functions can stand anywhere: finding them means reading every entry.
  enum class Reach { kNamespaces, kEverywhere };

  static bool may_hold_functions(int tag, Reach reach);
  bool find_functions(Dwarf_Die unit, Reach reach);
  void visit_scope(DieOrder& order, Dwarf_Die scope, Reach reach, unsigned depth);
  void visit_body(DieOrder& order, Dwarf_Die body, const Lookups& lookups, size_t calls, unsigned depth);

  // The `lookups` that lie in a range of `die`; all of them when it has no ranges and `rangeless_has_all`.
  Lookups inside(Dwarf_Die& die, const Lookups& lookups, bool rangeless_has_all) const;

  DwarfFunctionNames& names_;
  Lookups lookups_;
  const SplitRanges* split_;
  std::vector<Function> functions_;
};

}  // namespace heapreel
