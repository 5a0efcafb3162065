// Content of an ELF section that zstd compressed; libelf reads zlib only before elfutils 0.189.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace heapreel {

// Unpacks `raw_size` bytes; null unless `packed` holds exactly as many. A false size cannot ask for much memory.
std::unique_ptr<uint8_t[]> decompress_zstd_section(std::span<const uint8_t> packed, uint64_t raw_size);

}  // namespace heapreel
