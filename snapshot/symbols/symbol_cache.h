// Frames resolved by earlier runs, one file per module, named by what identifies the module's build.
//
// Names that were resolved stay: a file is for one build, whose code has the same names for ever. When the symbol files
// that are here now are not those from which the cache was made (path, size, change time), they are asked first,
// because more may have been installed, and the cache still tells what they do not. Files are put in place by rename,
// so that concurrent runs see an old or a new file, never half of one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "snapshot/symbols/cache_folder.h"
#include "snapshot/symbols/elf_file.h"
#include "snapshot/symbols/symbol_cache_file.h"
#include "snapshot/symbols/symbolizer.h"

namespace heapreel {

// What is known of a frame: 0 nothing, 1 a function, 2 a line as well.
int detail_of(const SourceFrames& frames);

class SymbolCache {
 public:
  // Does nothing when `directory` or `module` is empty: without an identity, nothing can be cached. `module` is the
  // build's identity in letters that a file's name may have, `identity` that of the symbol files that are here.
  SymbolCache(const std::string& directory, uint64_t size_limit, const std::string& module, std::string identity);

  // Nothing when the address was never looked up with these symbol files; empty frames when it was looked up and not
  // found.
  std::optional<SourceFrames> find(uint64_t vaddr) const { return found_in(symbols_, vaddr); }
  // The same of whichever symbol files there were.
  std::optional<SourceFrames> find_older(uint64_t vaddr) const { return found_in(older_, vaddr); }
  void add(uint64_t vaddr, const SourceFrames& frames);
  // Writes what was added, and removes the files used longest ago while the directory is over its limit.
  // Returns why it could not be written, or nothing.
  std::string save();
  // Why the folder is not used; empty when it is, or is not there.
  const std::string& problem() const { return problem_; }

 private:
  static std::optional<SourceFrames> found_in(const CachedSymbols& symbols, uint64_t vaddr);
  bool enabled() const { return !name_.empty(); }
  uint32_t intern(const std::string& text);

  std::string directory_;
  std::string name_;
  uint64_t size_limit_;
  std::string problem_;
  CachedSymbols symbols_;
  CachedSymbols older_;  // resolved with other symbol files
  std::unordered_map<std::string, uint32_t> string_index_;
  bool changed_ = false;
};

}  // namespace heapreel
