// Frames resolved by earlier runs, one file per module, named by its build-id.
//
// A file is believed when it is whole and was made from the same symbol files as are here now (path, size,
// change time); any other is ignored and replaced. Files appear by rename, so that concurrent runs see old or
// new, never half.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "snapshot/symbols/elf_file.h"
#include "snapshot/symbols/symbol_cache_file.h"
#include "snapshot/symbols/symbolizer.h"

namespace heapreel {

class SymbolCache {
 public:
  // Does nothing when `directory` or `build_id` is empty: without an identity, nothing can be cached.
  SymbolCache(std::string directory, uint64_t size_limit, const BuildId& build_id, std::string identity);

  // Nothing when the address was never resolved; empty frames when it was, in vain.
  std::optional<SourceFrames> find(uint64_t vaddr) const;
  void add(uint64_t vaddr, const SourceFrames& frames);
  // Writes what was added, and removes the files used longest ago while the directory is over its limit.
  // Returns why it could not be written, or nothing.
  std::string save();

 private:
  bool enabled() const { return !path_.empty(); }
  uint32_t intern(const std::string& text);
  void trim_directory() const;

  std::string directory_;
  std::string path_;
  uint64_t size_limit_;
  CachedSymbols symbols_;
  std::unordered_map<std::string, uint32_t> string_index_;
  bool changed_ = false;
};

}  // namespace heapreel
