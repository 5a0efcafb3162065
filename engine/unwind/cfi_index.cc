#include "engine/unwind/cfi_index.h"

namespace heapreel::engine {
namespace {

constexpr uint8_t kVersion = 1;
// The only table encoding linkers emit: pairs of 32-bit offsets from the header, sorted by address.
constexpr uint8_t kSearchableTable = pointer_encoding::kDataRelative | 0x0b;

struct IndexRow {
  int32_t address;
  int32_t entry;
};

struct IndexHeader {
  const uint8_t* frames = nullptr;
  const uint8_t* rows = nullptr;  // null when there is no searchable table
  size_t count = 0;
};

bool read_header(CfiBytes index, IndexHeader& header) {
  CfiReader reader(index);
  const auto version = reader.fixed<uint8_t>();
  const auto frames_encoding = reader.fixed<uint8_t>();
  const auto count_encoding = reader.fixed<uint8_t>();
  const auto table_encoding = reader.fixed<uint8_t>();
  if (!reader.ok() || version != kVersion || frames_encoding == pointer_encoding::kOmitted) return false;
  header.frames = reinterpret_cast<const uint8_t*>(reader.encoded(frames_encoding, index.begin));
  if (!reader.ok()) return false;
  if (count_encoding == pointer_encoding::kOmitted || table_encoding != kSearchableTable) return true;
  const uint64_t count = reader.encoded(count_encoding, index.begin);
  if (!reader.ok() || count > reader.remaining() / sizeof(IndexRow)) return false;
  header.rows = reader.at();
  header.count = count;
  return true;
}

IndexRow row_at(const IndexHeader& header, size_t position) {
  IndexRow row;
  std::memcpy(&row, header.rows + position * sizeof row, sizeof row);
  return row;
}

CfiSearch search_table(const CfiTables& tables, const IndexHeader& header, uintptr_t address, CfiEntry& entry) {
  const auto base = reinterpret_cast<uintptr_t>(tables.index.begin);
  size_t low = 0;
  size_t high = header.count;  // rows before `low` begin at or before the address, rows from `high` on after it
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (base + static_cast<uintptr_t>(intptr_t{row_at(header, middle).address}) <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return CfiSearch::kNotCovered;
  const uintptr_t at = base + static_cast<uintptr_t>(intptr_t{row_at(header, low - 1).entry});
  if (!read_cfi_entry(reinterpret_cast<const uint8_t*>(at), tables.frames, entry)) return CfiSearch::kDamaged;
  return address >= entry.begin && address < entry.end ? CfiSearch::kFound : CfiSearch::kNotCovered;
}

// Searches modules that were linked without a table. Every record is at least four bytes long, so that the search
// ends with the segment.
CfiSearch search_records(const CfiTables& tables, uintptr_t address, CfiEntry& entry) {
  const uint8_t* at = tables.frames_begin;
  CfiBytes record;
  while (tables.frames.contains(at) && read_cfi_record(at, tables.frames, record)) {
    if (read_cfi_entry(at, tables.frames, entry) && address >= entry.begin && address < entry.end) {
      return CfiSearch::kFound;
    }
    at = record.end;
  }
  return CfiSearch::kNotCovered;
}

}  // namespace

const uint8_t* eh_frame_of_index(CfiBytes index) noexcept {
  IndexHeader header;
  return read_header(index, header) ? header.frames : nullptr;
}

CfiSearch find_cfi_entry(const CfiTables& tables, uintptr_t address, CfiEntry& entry) noexcept {
  IndexHeader header;
  if (tables.index.empty()) return CfiSearch::kNotCovered;
  if (!read_header(tables.index, header)) return CfiSearch::kDamaged;
  return header.rows != nullptr ? search_table(tables, header, address, entry) : search_records(tables, address, entry);
}

}  // namespace heapreel::engine
