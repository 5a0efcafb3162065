#include "snapshot/symbols/mini_debug_info.h"

#include "snapshot/symbols/xz_data.h"

namespace heapreel {

std::unique_ptr<ElfFile> open_mini_debug_info(const ElfFile& image, std::string& error) {
  const std::span<const uint8_t> packed = section_bytes(image.handle(), ".gnu_debugdata");
  if (packed.empty()) return nullptr;
  std::vector<uint8_t> bytes = decompress_xz(packed, kMostMiniDebugInfo, error);
  if (!error.empty()) return nullptr;
  return ElfFile::open_in_memory(image.path(), std::move(bytes), error);
}

}  // namespace heapreel
