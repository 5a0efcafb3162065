// Where the names and lines of this process's snapshots come from.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <heapreel/export.h>

namespace heapreel {

struct SymbolOptions {
  // Folders in which modules and their debug files are looked for first, by build-id or by name: below .build-id/, by
  // the module's path, and by its file name. Then come the module's own path and /usr/lib/debug.
  std::vector<std::string> debug_paths;
  // Source files below the folder `first` are shown as if they lay below `second`, as with a compiler's
  // -ffile-prefix-map. Only whole folder names match. When several match, the longest one counts.
  std::vector<std::pair<std::string, std::string>> path_map;
  // Whether the servers in DEBUGINFOD_URLS are asked for debug files that are not on this machine. libdebuginfod asks
  // them, in this process. While this is false nothing is sent over the network, whatever that variable says.
  bool use_debuginfod = false;
  // The folder in which resolved names are kept between runs, by build-id, at most 256 MiB. It is made when it is not
  // there. When empty, no file is written.
  std::string cache_directory;

  friend bool operator==(const SymbolOptions&, const SymbolOptions&) = default;
};

// Sets the options for snapshots whose names are first looked at after this call, and for load() of a reel. A snapshot
// that has names keeps them. Snapshots whose names were found under different options can be compared, but every group
// is then looked at, as for unrelated snapshots. churn_since() and lifetimes() need the same options on both sides. Any
// thread, whether tracing is on or off.
//
// Throws std::invalid_argument, and changes nothing, for a debug path that is not a folder, a cache directory that is
// not an absolute path, and a path map whose `first` is empty.
HEAPREEL_API void set_symbol_options(SymbolOptions options);
// A copy of the options in force. Any thread.
HEAPREEL_API SymbolOptions get_symbol_options();

}  // namespace heapreel
