// Names of functions, read and demangled once for all their inlined copies.
#pragma once

#include <string>
#include <unordered_map>

#include "snapshot/symbols/dwarf_die.h"

namespace heapreel {

struct FunctionName {
  std::string text;
  bool complete;  // from a linkage name: with its namespaces and parameters
};

class DwarfFunctionNames {
 public:
  // Valid while this object is. Entries are known by their address in memory, so that it must not outlive libdw's
  // handle.
  const FunctionName& of(Dwarf_Die& function);

 private:
  std::unordered_map<const void*, FunctionName> names_;
};

}  // namespace heapreel
