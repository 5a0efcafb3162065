// Source lines, functions and inlined calls of many addresses of one file, from its debug information.
//
// Addresses are grouped by compilation unit, and each unit touched is read once.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "snapshot/symbols/symbolizer.h"

namespace heapreel {

class ElfFile;
struct AddressRange;

struct DwarfFrames {
  SourceFrames frames;                // innermost first, without module; empty = not described
  bool has_complete_function = true;  // false: the outermost frame lacks its name, or the namespaces in front of it
};

struct DwarfResolution {
  std::vector<DwarfFrames> frames;    // of each address
  std::vector<std::string> problems;  // what was damaged or missing, each once
};

// `vaddrs` ascending, without repetition. `code`: the module's code segments. `shared`: what dwz moved out of `file`,
// or null. `package`: its split units, or null.
DwarfResolution resolve_by_dwarf(ElfFile& file, ElfFile* shared, ElfFile* package, std::span<const AddressRange> code,
                                 std::span<const uint64_t> vaddrs, const std::function<void(size_t done)>& progress);

}  // namespace heapreel
