// Where the names and lines of this process's snapshots come from.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <heapreel/export.h>

namespace heapreel {

struct SymbolOptions {
  // Folders looked at first for modules and their debug files, by build-id or name: below .build-id/, by the module's
  // path and by its file name. Then come the module's own path and /usr/lib/debug.
  std::vector<std::string> debug_paths;
  // Source files below `first` are named as below `second`, as with a compiler's -ffile-prefix-map. Whole folder names
  // match; of several the longest counts.
  std::vector<std::pair<std::string, std::string>> path_map;
  // Whether the servers in DEBUGINFOD_URLS are asked for debug files that are not here. The asking is done by
  // libdebuginfod, in this process. Without this, that variable sends nothing over the network.
  bool use_debuginfod = false;
  // Where resolved names are kept between runs, by build-id, at most 256 MiB; made when it is not there. Empty:
  // nowhere, and no file is written.
  std::string cache_directory;

  friend bool operator==(const SymbolOptions&, const SymbolOptions&) = default;
};

// Holds for snapshots that are first looked at from now on, and for load() of a reel; until then the default holds. A
// snapshot keeps the names it has. Snapshots named under different options can be compared, at the cost of unrelated
// ones; churn_since() and lifetimes() want both sides named under the same. Any thread, tracing or not.
//
// Throws std::invalid_argument, and changes nothing, for a debug path that is no folder, a cache directory that is no
// absolute path, and a path map that maps from nothing.
HEAPREEL_API void set_symbol_options(SymbolOptions options);
HEAPREEL_API SymbolOptions get_symbol_options();

}  // namespace heapreel
