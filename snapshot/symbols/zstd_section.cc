#include "snapshot/symbols/zstd_section.h"

#include <zstd.h>

#include <new>

namespace heapreel {
namespace {

// Far beyond what debug information compresses to.
constexpr uint64_t kMostRatio = 4096;

}  // namespace

std::unique_ptr<uint8_t[]> decompress_zstd_section(std::span<const uint8_t> packed, uint64_t raw_size) {
  if (raw_size / kMostRatio > packed.size()) return nullptr;
  std::unique_ptr<uint8_t[]> raw(new (std::nothrow)
                                     uint8_t[raw_size]);  // unset: each page is paid for when it is written
  if (raw == nullptr) return nullptr;
  const size_t written = ZSTD_decompress(raw.get(), raw_size, packed.data(), packed.size());
  return written == raw_size ? std::move(raw) : nullptr;
}

}  // namespace heapreel
