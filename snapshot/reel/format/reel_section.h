// One section of a reel file: a header that says what and how long, a checksum, a payload.
#pragma once

#include <cstdint>
#include <span>

#include "snapshot/reel/format/reel_bytes.h"
#include "snapshot/reel/format/reel_format.h"
#include "snapshot/reel/format/reusable_buffer.h"

namespace heapreel {

struct SectionHeader {
  reel_format::SectionKind kind = reel_format::SectionKind::kHeader;
  uint16_t flags = 0;
  uint32_t still = 0;         // kState, kGroupSums: position of its (last) still; kMarkState: of its mark
  uint64_t stored_bytes = 0;  // of the payload in the file
  uint64_t raw_bytes = 0;     // of the payload, unpacked
  uint64_t checksum = 0;      // of place, header and stored payload

  bool has(uint16_t flag) const { return (flags & flag) != 0; }
};

SectionHeader read_section_header(std::span<const uint8_t> bytes);

// The checksum of a section at `offset` of the file. The offset is part of it, so that a section in the place of
// another one is noticed.
uint64_t section_checksum(const SectionHeader& header, uint64_t offset, std::span<const uint8_t> stored);

// Appends the section to `file_bytes`, whose first byte lies at `file_offset`. It is compressed when that makes it
// smaller.
SectionHeader append_section(Bytes& file_bytes, uint64_t file_offset, reel_format::SectionKind kind, uint16_t flags,
                             uint32_t still, const ByteWriter& contents);

// The payload, where it is stored or unpacked in `room`. Throws ReelError when it is damaged.
std::span<const uint8_t> unpack_section(const SectionHeader& header, uint64_t offset, std::span<const uint8_t> stored,
                                        ReusableBuffer& room);

// The checksum of the preamble's magic and version.
uint32_t preamble_checksum(uint16_t major, uint16_t minor);

// The checksum of the trailer, which points to the index.
uint64_t trailer_checksum(uint64_t index_offset);

}  // namespace heapreel
