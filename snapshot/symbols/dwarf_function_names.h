// Names of functions, read and demangled once for all their inlined copies.
#pragma once

#include <string>
#include <unordered_map>

#include "snapshot/symbols/dwarf_die.h"
#include "snapshot/symbols/dwarf_scopes.h"

namespace heapreel {

struct FunctionName {
  std::string text;
  bool complete;  // from a linkage name: with its namespaces and parameters
};

// Lambdas, and functions that no other unit can call, have no linkage name: they are named by what encloses them,
// "Cook::bake(int)::<lambda()>::operator()".
class DwarfFunctionNames {
 public:
  // Valid while this object is. Entries are known by their address in memory, so that it must not outlive libdw's
  // handle.
  const FunctionName& of(Dwarf_Die& function);

 private:
  std::string qualified(const Dwarf_Die& function, const std::string& name);

  std::unordered_map<const void*, FunctionName> names_;
  DwarfScopes scopes_;
  unsigned depth_ = 0;  // of functions in functions, whose names are being made
};

}  // namespace heapreel
