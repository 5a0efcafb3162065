#include "snapshot/recorded_modules.h"

#include <algorithm>
#include <utility>

namespace heapreel {

void RecordedModules::set(uint32_t position, RecordedModule module) {
  if (position >= modules_.size()) modules_.resize(size_t{position} + 1);
  modules_[position] = std::move(module);
}

uint32_t RecordedModules::find(uint64_t address, uint32_t known) const {
  for (uint32_t position = std::min(known, count()); position-- > 0;) {
    const ModuleImage& image = modules_[position].image;
    if (image.start <= address && address < image.end) return position;
  }
  return kNone;
}

}  // namespace heapreel
