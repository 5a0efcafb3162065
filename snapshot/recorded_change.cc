#include "snapshot/recorded_change.h"

#include <bit>

namespace heapreel {

namespace {

using engine::BlockId;

// Blocks begin at multiples of 16: the zeros move to the top, where a varint does not pay for them.
constexpr int kAddressRotation = 4;

// Columns, each as differences to the line before.
template <class Row, class Field>
void write_column(ByteWriter& out, const std::vector<Row>& rows, Field field) {
  uint64_t before = 0;
  for (const Row& row : rows) {
    const uint64_t value = field(row);
    out.difference(value, before);
    before = value;
  }
}

template <class Row, class Store>
void read_column(ByteReader& in, std::vector<Row>& rows, Store store) {
  uint64_t before = 0;
  for (Row& row : rows) {
    before = in.difference(before);
    store(row, before);
  }
}

template <class Row, class Field>
void read_narrow_column(ByteReader& in, std::vector<Row>& rows, Field Row::*field) {
  read_column(in, rows, [field](Row& row, uint64_t value) {
    if (value > UINT32_MAX) throw ReelError("a number is out of range");
    row.*field = static_cast<uint32_t>(value);
  });
}

// Strictly ascending numbers.
template <class Row, class Field>
void write_ids(ByteWriter& out, const std::vector<Row>& rows, Field field) {
  uint64_t next = 0;
  for (const Row& row : rows) {
    out.varint(field(row) - next);
    next = uint64_t{field(row)} + 1;
  }
}

template <class Row, class Store>
void read_ids(ByteReader& in, std::vector<Row>& rows, Store store) {
  uint64_t next = 0;
  for (Row& row : rows) {
    const uint64_t gap = in.varint();
    if (gap > UINT32_MAX || next + gap > UINT32_MAX) throw ReelError("a number is out of range");
    store(row, static_cast<uint32_t>(next + gap));
    next += gap + 1;
  }
}

}  // namespace

void write_change(ByteWriter& out, const RecordedChange& change) {
  out.varint(change.died.size());
  write_ids(out, change.died, [](BlockId id) { return id; });

  out.varint(change.born.size());
  write_ids(out, change.born, [](const RecordedBlock& block) { return block.id; });
  write_column(out, change.born, [](const RecordedBlock& block) { return std::rotr(block.address, kAddressRotation); });
  write_column(out, change.born, [](const RecordedBlock& block) { return block.size; });
  write_column(out, change.born, [](const RecordedBlock& block) { return block.site; });
  write_column(out, change.born, [](const RecordedBlock& block) { return block.born; });
  write_column(out, change.born, [](const RecordedBlock& block) { return block.thread; });

  out.varint(change.sites.size());
  write_ids(out, change.sites, [](const RecordedSiteChange& site) { return site.site; });
  for (size_t figure = 0; figure < RecordedSiteChange::kFigures; ++figure) {
    for (const RecordedSiteChange& site : change.sites) out.difference(site.growth[figure], 0);
  }
}

RecordedChange read_change(ByteReader& in) {
  constexpr size_t kLeastBlockBytes = 6;
  RecordedChange change;
  change.died.resize(in.count(1));
  read_ids(in, change.died, [](BlockId& died, BlockId id) { died = id; });

  change.born.resize(in.count(kLeastBlockBytes));
  read_ids(in, change.born, [](RecordedBlock& block, BlockId id) { block.id = id; });
  read_column(in, change.born,
              [](RecordedBlock& block, uint64_t value) { block.address = std::rotl(value, kAddressRotation); });
  read_column(in, change.born, [](RecordedBlock& block, uint64_t value) { block.size = value; });
  read_narrow_column(in, change.born, &RecordedBlock::site);
  read_narrow_column(in, change.born, &RecordedBlock::born);
  read_narrow_column(in, change.born, &RecordedBlock::thread);

  change.sites.resize(in.count(1 + RecordedSiteChange::kFigures));
  read_ids(in, change.sites, [](RecordedSiteChange& site, uint32_t id) { site.site = id; });
  for (size_t figure = 0; figure < RecordedSiteChange::kFigures; ++figure) {
    for (RecordedSiteChange& site : change.sites) site.growth[figure] = in.difference(0);
  }
  in.expect_end();
  return change;
}

}  // namespace heapreel
