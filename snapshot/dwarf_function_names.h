// Names of functions, read and demangled once for all their inlined copies.
#pragma once

#include <string>
#include <unordered_map>

#include "snapshot/dwarf_die.h"

namespace heapreel {

struct FunctionName {
  std::string text;
  bool complete;  // from a linkage name: with its namespaces and parameters
};

class DwarfFunctionNames {
 public:
  // Valid until clear().
  const FunctionName& of(Dwarf_Die& function);
  // Entries are known by their address in memory: forget them before libdw's handle goes.
  void clear() { names_.clear(); }

 private:
  std::unordered_map<const void*, FunctionName> names_;
};

}  // namespace heapreel
