// How many of the addresses asked for could be named.
#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace heapreel {

struct ModuleCoverage {
  size_t addresses = 0;
  size_t without_line = 0;  // a name at most
  size_t without_name = 0;  // module and offset only
  bool has_debug_information = false;
};

struct SymbolCoverage {
  std::map<std::string, ModuleCoverage> modules;  // by path, distinct addresses of each
  size_t outside_modules = 0;                     // code of no file, such as a JIT's
};

}  // namespace heapreel
