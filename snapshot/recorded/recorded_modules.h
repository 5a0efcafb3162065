// The modules of a traced process over its whole life, in the order in which they were noted.
#pragma once

#include <cstdint>
#include <vector>

#include "snapshot/symbols/symbolizer.h"

namespace heapreel::engine {
class ModuleTable;
}

namespace heapreel {

struct RecordedModule {
  ModuleImage image;         // an empty range: not known (yet)
  uint64_t fingerprint = 0;  // tells builds apart that carry no build-id
  uint32_t loaded_generation = 0;
  uint32_t unloaded_generation = UINT32_MAX;  // UINT32_MAX: still loaded
};

class RecordedModules {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint32_t kAll = UINT32_MAX;

  // A position may be set again, because more may become known of a module.
  void set(uint32_t position, RecordedModule module);

  uint32_t count() const { return static_cast<uint32_t>(modules_.size()); }
  const RecordedModule& at(uint32_t position) const { return modules_[position]; }

  // The module that held `address` when the first `known` of them had been noted: the most recent one that covers it,
  // because whatever was there before had to be unloaded first. kNone: code of no file, such as a JIT's.
  uint32_t find(uint64_t address, uint32_t known = kAll) const;

 private:
  std::vector<RecordedModule> modules_;
};

// The modules that the table of a running tracer has now.
RecordedModules recorded_modules(const engine::ModuleTable& table);

}  // namespace heapreel
