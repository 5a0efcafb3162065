#include "tools/command/report/stream_columns.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <utility>
#include <vector>

#include "tools/command/report/site_stream.h"

namespace heapreel::tools {
namespace {

using Pair = std::pair<uint64_t, uint64_t>;

// The streams again, as the page reads the columns.
class Columns {
 public:
  explicit Columns(std::span<const uint8_t> bytes) : all_(bytes) {
    streams_ = all_.varint();
    for (uint64_t left = all_.varint(); left > 0; --left) kinds_.push_back(all_.varint());
    for (size_t i = 0; i < 12; ++i) columns_.emplace_back(all_.raw(all_.varint()));
  }

  std::vector<Bytes> streams() {
    std::vector<Bytes> found;
    for (uint64_t left = streams_; left > 0; --left) found.push_back(stream());
    EXPECT_EQ(all_.left(), 0u);
    for (const ByteReader& column : columns_) EXPECT_EQ(column.left(), 0u);
    return found;
  }

 private:
  enum Name { kRecords, kKinds, kGaps, kRepeats, kBlocks, kForgotten, kSizes };

  uint64_t next(int column) { return columns_[static_cast<size_t>(column)].varint(); }

  uint64_t bytes_of(int part, uint64_t guess, uint64_t blocks) {
    if (guess == 0) {
      const uint64_t low = columns_[static_cast<size_t>(kSizes + 2 * part)].u8();
      return low + (next(kSizes + 2 * part + 1) << 8);
    }
    const int of = guess < 3 ? part : part == 0 ? 2 : 0;
    const auto& history = history_[of];
    const Pair& known = history[history.size() - (guess % 2 == 1 ? 1 : 2)];
    return known.first == blocks ? known.second : known.second / known.first * blocks;
  }

  Bytes stream() {
    for (auto& history : history_) history.clear();
    ByteWriter out;
    for (uint64_t left = next(kRecords); left > 0; --left) {
      const uint64_t kind = next(kKinds);
      if (kind == 0) {
        out.varint(0);
        out.varint(next(kRepeats));
        continue;
      }
      const uint64_t bits = kinds_[kind - 1];
      out.varint(next(kGaps) * 32 + bits % 32);
      for (int part = 0; part < 5; ++part) {
        if ((bits >> part & 1) == 0) continue;
        const uint64_t blocks = (bits >> (5 + part) & 1) != 0 ? 1 : next(kBlocks) + 2;
        uint64_t bytes = 0;
        if (part == 4) bytes = next(kForgotten);
        if (part < 3) {
          bytes = bytes_of(part, bits >> (10 + 3 * part) & 7, blocks);
          history_[part].emplace_back(blocks, bytes);
        }
        out.varint(blocks);
        out.varint(bytes);
      }
    }
    return out.bytes();
  }

  ByteReader all_;
  uint64_t streams_;
  std::vector<uint64_t> kinds_;
  std::vector<ByteReader> columns_;
  std::vector<Pair> history_[3];
};

SiteChange change_of(Pair kept, Pair temporary, Pair freed) {
  SiteChange change;
  change.allocs = kept.first + temporary.first;
  change.alloc_bytes = kept.second + temporary.second;
  change.frees = freed.first + temporary.first;
  change.freed_bytes = freed.second + temporary.second;
  change.temporary_blocks = temporary.first;
  change.temporary_bytes = temporary.second;
  return change;
}

Bytes columns_of(std::vector<SiteStream>& streams) {
  StreamColumns columns;
  for (SiteStream& stream : streams) columns.add(stream.finish());
  ByteWriter out;
  columns.write(out);
  return out.bytes();
}

void expect_the_same(std::vector<SiteStream>& streams) {
  std::vector<Bytes> expected;
  StreamColumns columns;
  for (SiteStream& stream : streams) {
    expected.push_back(stream.finish());
    columns.add(expected.back());
  }
  ByteWriter out;
  columns.write(out);
  EXPECT_EQ(Columns(out.bytes()).streams(), expected);
}

TEST(StreamColumnsTest, EveryStreamComesBack) {
  std::mt19937_64 random(11);
  // Few sizes, so that guesses hold, and numbers of all lengths.
  const auto amount = [&random]() -> Pair {
    const uint64_t blocks = random() % 4;
    if (blocks == 0) return {0, 0};
    return {blocks, random() % 3 == 0 ? random() >> (random() % 60 + 1) : blocks * (16 << random() % 3)};
  };
  for (int round = 0; round < 30; ++round) {
    std::vector<SiteStream> streams(random() % 6);
    for (SiteStream& stream : streams) {
      SiteChange change;
      for (size_t row = random() % 5; row < 400; row += 1 + (random() % 4 == 0 ? random() % 100 : 0)) {
        if (random() % 3 != 0) change = change_of(amount(), amount(), amount());
        if (random() % 7 == 0) change.reallocs = random() % 3;
        if (random() % 50 == 0) {
          const auto [blocks, bytes] = amount();
          change.forgotten_blocks = blocks;
          change.forgotten_bytes = bytes;
        }
        stream.add(row, change);
      }
    }
    SCOPED_TRACE(round);
    expect_the_same(streams);
  }
}

TEST(StreamColumnsTest, ASiteThatFreesWhatItKeptCostsNoSizes) {
  std::mt19937_64 random(3);
  std::vector<SiteStream> streams(1);
  size_t sizes = 0;
  for (size_t row = 0; row < 2000; row += 2, ++sizes) {
    const Pair block{1, 16 + random() % 4096};
    streams[0].add(row, change_of(block, {}, {}));
    streams[0].add(row + 1, change_of({}, {}, block));
  }
  // Of each record its kind and gap; of each size two bytes, once.
  EXPECT_LE(columns_of(streams).size(), 2 * 2 * sizes + 2 * sizes + 64);
  expect_the_same(streams);
}

TEST(StreamColumnsTest, NoStreamsAndEmptyOnesAreFine) {
  std::vector<SiteStream> none;
  expect_the_same(none);
  std::vector<SiteStream> empty(3);
  expect_the_same(empty);
}

}  // namespace
}  // namespace heapreel::tools
