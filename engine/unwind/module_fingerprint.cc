// The fingerprint of a module that is loaded.
#include "engine/unwind/module_fingerprint.h"

#include "engine/unwind/module_image.h"
#include "engine/unwind/unwind_os.h"

namespace heapreel::engine {

uint64_t ModuleImage::fingerprint() const noexcept {
  uint8_t id[kMaxBuildId];
  // The file may have been cut off after it was mapped, and a program may have made its own code unreadable. So pages
  // are read only where the kernel can read them.
  const auto piece = [this](uint64_t vaddr, size_t size) noexcept -> const uint8_t* {
    const uintptr_t begin = load_bias_ + vaddr;
    const uintptr_t last = size < sizeof(uint64_t) ? begin : begin + size - sizeof(uint64_t);
    if (!unwind_os::is_readable_word(begin) || !unwind_os::is_readable_word(last)) return nullptr;
    return reinterpret_cast<const uint8_t*>(begin);
  };
  return module_fingerprint(headers_, header_count_, tables_.index.begin,
                            static_cast<size_t>(tables_.index.end - tables_.index.begin), build_id(id) != 0, piece);
}

}  // namespace heapreel::engine
