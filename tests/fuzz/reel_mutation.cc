#include "tests/fuzz/reel_mutation.h"

#include <random>
#include <vector>

#include "snapshot/reel/format/reel_section.h"

namespace heapreel::testing {

namespace {

using reel_format::SectionKind;

struct Section {
  SectionHeader header;
  Bytes contents;
};

struct Sections {
  Bytes preamble;
  std::vector<Section> sections;
  bool has_index = false;
};

// The sections as far as they can be recognised. Checksums are not checked.
Sections take_apart(const Bytes& reel) {
  Sections parts;
  if (reel.size() < reel_format::kPreambleBytes) return parts;
  parts.preamble.assign(reel.begin(), reel.begin() + reel_format::kPreambleBytes);
  ReusableBuffer room;
  size_t offset = reel_format::kPreambleBytes;
  while (reel.size() - offset >= reel_format::kSectionHeaderBytes) {
    const auto rest = std::span(reel).subspan(offset);
    SectionHeader header = read_section_header(rest);
    const auto stored = rest.subspan(reel_format::kSectionHeaderBytes);
    if (header.stored_bytes > stored.size() || header.raw_bytes > reel_format::kMostPayloadBytes) break;
    Bytes payload(stored.begin(), stored.begin() + static_cast<ptrdiff_t>(header.stored_bytes));
    header.checksum = section_checksum(header, offset, payload);
    try {
      const auto unpacked = unpack_section(header, offset, payload, room);
      if (unpacked.data() != payload.data()) payload.assign(unpacked.begin(), unpacked.end());
    } catch (const ReelError&) {
      break;
    }
    offset += reel_format::kSectionHeaderBytes + header.stored_bytes;
    parts.has_index = header.kind == SectionKind::kIndex;
    if (parts.has_index) break;
    header.flags = static_cast<uint16_t>(header.flags & ~reel_format::kCompressed);
    parts.sections.push_back({header, std::move(payload)});
  }
  return parts;
}

ByteWriter written(std::span<const uint8_t> contents) {
  ByteWriter out;
  out.raw(contents);
  return out;
}

Bytes put_together(const Sections& parts) {
  Bytes reel = parts.preamble;
  ByteWriter index;
  index.varint(parts.sections.size());
  uint64_t before = 0;
  for (const Section& section : parts.sections) {
    const uint64_t offset = reel.size();
    const SectionHeader header = append_section(reel, 0, section.header.kind, section.header.flags,
                                                section.header.still, written(section.contents));
    index.u8(static_cast<uint8_t>(header.kind));
    index.u8(static_cast<uint8_t>(header.flags));
    index.varint(header.still);
    index.varint(offset - before);
    before = offset;
  }
  if (!parts.has_index) return reel;
  const uint64_t index_offset = reel.size();
  append_section(reel, 0, SectionKind::kIndex, 0, 0, index);
  ByteWriter trailer;
  trailer.u64(index_offset);
  trailer.u64(trailer_checksum(index_offset));
  trailer.raw(reel_format::kTrailerMagic);
  reel.insert(reel.end(), trailer.bytes().begin(), trailer.bytes().end());
  return reel;
}

}  // namespace

Bytes mutate_reel(Bytes reel, size_t most, uint32_t seed, const MutateBytes& mutate) {
  std::minstd_rand random(seed);
  const auto dice = [&random](size_t below) { return random() % below; };
  Sections parts = take_apart(reel);
  if (parts.sections.empty() || dice(16) == 0) {
    mutate(reel, most);
    return reel;
  }
  auto& sections = parts.sections;
  const auto at = sections.begin() + static_cast<ptrdiff_t>(dice(sections.size()));
  switch (dice(12)) {
    case 0:
      sections.erase(at);
      break;
    case 1:
      sections.insert(at, Section(*at));
      break;
    case 2:
      std::swap(*at, sections[dice(sections.size())]);
      break;
    case 3:
      at->header.still = static_cast<uint32_t>(dice(sections.size()));
      break;
    case 4:
      at->header.flags ^= static_cast<uint16_t>(2 << dice(2));
      break;
    case 5:
      parts.has_index = !parts.has_index;
      break;
    default:
      mutate(at->contents, at->contents.size() + 64);
  }
  Bytes changed = put_together(parts);
  if (changed.size() > most) changed.resize(most);
  return changed;
}

}  // namespace heapreel::testing
