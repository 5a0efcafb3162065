// Finds the source lines of recorded addresses, offline: (module, address) -> file, line, function and the calls that
// were inlined there.
//
// Resolution is batched: every address of a module in one call, so that each compilation unit's line table
// and functions are read once. A module whose file is missing, damaged or another build than the recorded one
// costs names, never a crash and never a wrong name: its frames keep module and offset, and warnings() says
// why. Names that came with the recording, and those that the cache has of that very build, stay also where the file
// has gone.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snapshot/symbols/symbol_coverage.h"

namespace heapreel {

class ElfFile;

// One line of a traceback. Of an address with inlined calls there are several.
struct SourceFrame {
  std::string function;  // demangled; empty when unknown
  std::string filename;  // absolute and normalised; the module's path when the source file is unknown
  uint32_t lineno = 0;   // 0 = unknown
  bool inlined = false;  // its code stands inside the next frame's function
  std::string module;    // path of the module, as recorded
  uint64_t offset = 0;   // ELF virtual address that was looked up when lineno is 0, else 0

  friend bool operator==(const SourceFrame&, const SourceFrame&) = default;
};

// The frames of one address, innermost first; never empty.
using SourceFrames = std::vector<SourceFrame>;

// Names that came with a recording, by ELF virtual address, without what Symbolizer adds: module and offset.
using KnownFrames = std::map<uint64_t, SourceFrames>;

// A loaded module as it was recorded in the traced process.
struct ModuleImage {
  std::string path;
  std::vector<uint8_t> build_id;  // empty = the module had none
  uint64_t start = 0;             // addresses [start, end) belonged to it
  uint64_t end = 0;
  uint64_t bias = 0;  // load address minus ELF virtual address

  // Whether a file is the one that was recorded, for a module without a build-id. An empty function: nothing is
  // known, and the file at the module's path is trusted, with a warning.
  std::function<bool(const ElfFile&)> is_same_file = {};
  // A text that identifies the module's file when there is no build-id; empty when nothing does.
  std::string content_name = {};
  // Null: none came with the recording.
  std::shared_ptr<const KnownFrames> known = {};
};

struct SymbolizerOptions {
  // Roots of separate debug files: ROOT/.build-id/ab/cdef.debug, and by .gnu_debuglink ROOT/MODULE_DIR/NAME.
  std::vector<std::string> debug_directories = {"/usr/lib/debug"};
  // Tried in front of a module's path, in order, before the path itself: a system root, a folder of old
  // builds.
  std::vector<std::string> module_directories;
  // Replaces leading directories of source file names, so that recordings of two build machines compare. The
  // longest match wins; a match ends at a '/'.
  std::vector<std::pair<std::string, std::string>> path_prefix_map;
  // The folder where resolved frames are kept between runs, by build-id; empty: nowhere.
  std::string cache_directory;
  // Bytes of all files in cache_directory; the ones used longest ago go first.
  uint64_t cache_limit = 256ull << 20;
  // Whether debuginfod servers, which DEBUGINFOD_URLS names, are asked for debug files that are not here. Never
  // unless asked for: that variable alone sends nothing over the network.
  bool use_debuginfod = false;
  // Called on the calling thread while debug information is read: addresses done, of how many in this call.
  std::function<void(size_t done, size_t total)> progress;
};

// Not thread-safe: one thread at a time.
class Symbolizer {
 public:
  explicit Symbolizer(SymbolizerOptions options = {});

  // Result i belongs to addresses[i]; order and repetitions are free. Addresses are looked up as they are:
  // pass a return address minus one, except above a signal frame. Throws only std::bad_alloc and what
  // `progress` throws.
  std::vector<SourceFrames> resolve(const ModuleImage& module, std::span<const uint64_t> addresses);

  // What went wrong so far, each once: files missing or damaged, builds that do not match.
  const std::vector<std::string>& warnings() const { return warnings_; }
  // The coverage of all addresses that were resolved so far.
  const SymbolCoverage& coverage() const { return coverage_; }

 private:
  std::vector<SourceFrames> resolve_unique(const ModuleImage& module, std::span<const uint64_t> vaddrs);
  // Looks up with the files on this machine and with what the cache has of the module.
  std::vector<SourceFrames> look_up(const ModuleImage& module, std::span<const uint64_t> vaddrs);
  void finish(const ModuleImage& module, uint64_t vaddr, SourceFrames& frames) const;
  void warn(const std::string& message);

  SymbolizerOptions options_;
  std::vector<std::string> warnings_;
  std::set<std::string, std::less<>> warned_;
  SymbolCoverage coverage_;
};

}  // namespace heapreel
