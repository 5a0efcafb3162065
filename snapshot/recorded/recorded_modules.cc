#include "snapshot/recorded/recorded_modules.h"

#include <algorithm>
#include <utility>

#include "engine/unwind/module_table.h"
#include "snapshot/recorded/module_file.h"

namespace heapreel {

void RecordedModules::set(uint32_t position, RecordedModule module) {
  if (position >= modules_.size()) modules_.resize(size_t{position} + 1);
  modules_[position] = std::move(module);
}

uint32_t RecordedModules::find(uint64_t address, uint32_t known) const {
  for (uint32_t position = std::min(known, count()); position-- > 0;) {
    const ModuleImage& image = modules_[position].image;
    if (address < image.start || address >= image.end) continue;
    // The module that took the place of an unloaded one may be one that the tracer had no room for.
    const bool unloaded = modules_[position].unloaded_generation != UINT32_MAX;
    return known == engine::ModuleTable::kOverflowed && unloaded ? kNone : position;
  }
  return kNone;
}

RecordedModules recorded_modules(const engine::ModuleTable& table) {
  RecordedModules modules;
  for (uint32_t position = 0; position < table.count(); ++position) {
    const engine::ModuleTable::Instance* instance = table.instance(position);
    if (instance == nullptr) continue;
    RecordedModule module;
    module.image.path = table.path(*instance);
    module.image.build_id.assign(instance->build_id, instance->build_id + instance->build_id_bytes());
    module.image.start = instance->start;
    module.image.end = instance->end;
    module.image.bias = instance->load_bias;
    module.fingerprint = instance->fingerprint;
    module.loaded_generation = instance->loaded_generation;
    // relaxed: set once, and a reader a moment late reads an older truth
    module.unloaded_generation = instance->unloaded_generation.load(std::memory_order_relaxed);
    if (module.image.build_id.empty()) prove_by_fingerprint(module.image, module.fingerprint);
    modules.set(position, std::move(module));
  }
  return modules;
}

}  // namespace heapreel
