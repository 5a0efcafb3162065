#include "snapshot/reel/format/reel_section.h"

#include "snapshot/reel/format/reel_checksum.h"
#include "snapshot/reel/format/reel_compression.h"

namespace heapreel {

namespace {

void write_header(ByteWriter& out, const SectionHeader& header) {
  out.u16(static_cast<uint16_t>(header.kind));
  out.u16(header.flags);
  out.u32(header.still);
  out.u64(header.stored_bytes);
  out.u64(header.raw_bytes);
}

}  // namespace

SectionHeader read_section_header(std::span<const uint8_t> bytes) {
  ByteReader in(bytes);
  SectionHeader header;
  header.kind = static_cast<reel_format::SectionKind>(in.u16());
  header.flags = in.u16();
  header.still = in.u32();
  header.stored_bytes = in.u64();
  header.raw_bytes = in.u64();
  header.checksum = in.u64();
  return header;
}

uint64_t section_checksum(const SectionHeader& header, uint64_t offset, std::span<const uint8_t> stored) {
  ByteWriter out;
  write_header(out, header);
  return reel_checksum(stored, reel_checksum(out.bytes(), offset));
}

SectionHeader append_section(Bytes& file_bytes, uint64_t file_offset, reel_format::SectionKind kind, uint16_t flags,
                             uint32_t still, const ByteWriter& contents) {
  const uint64_t offset = file_offset + file_bytes.size();
  const Bytes& payload = contents.bytes();
  const Bytes packed = compress(contents);
  const bool smaller = packed.size() < payload.size();
  const Bytes& stored = smaller ? packed : payload;
  SectionHeader header;
  header.kind = kind;
  header.flags = static_cast<uint16_t>(smaller ? flags | reel_format::kCompressed : flags);
  header.still = still;
  header.stored_bytes = stored.size();
  header.raw_bytes = payload.size();
  header.checksum = section_checksum(header, offset, stored);

  ByteWriter out;
  write_header(out, header);
  out.u64(header.checksum);
  file_bytes.insert(file_bytes.end(), out.bytes().begin(), out.bytes().end());
  file_bytes.insert(file_bytes.end(), stored.begin(), stored.end());
  return header;
}

std::span<const uint8_t> unpack_section(const SectionHeader& header, uint64_t offset, std::span<const uint8_t> stored,
                                        ReusableBuffer& room) {
  if (section_checksum(header, offset, stored) != header.checksum) {
    throw ReelError("damaged at byte " + std::to_string(offset) + " (checksum)");
  }
  if (!header.has(reel_format::kCompressed)) {
    if (header.raw_bytes != header.stored_bytes) throw ReelError("a section contradicts its length");
    return stored;
  }
  const auto unpacked = room.of(header.raw_bytes);
  decompress(stored, unpacked);
  return unpacked;
}

uint32_t preamble_checksum(uint16_t major, uint16_t minor) {
  ByteWriter out;
  out.raw(reel_format::kMagic);
  out.u16(major);
  out.u16(minor);
  return static_cast<uint32_t>(reel_checksum(out.bytes(), 0));
}

uint64_t trailer_checksum(uint64_t index_offset) {
  ByteWriter out;
  out.raw(reel_format::kTrailerMagic);
  return reel_checksum(out.bytes(), index_offset);
}

}  // namespace heapreel
