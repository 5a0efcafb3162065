#include "tools/command/report/site_stream.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace heapreel::tools {
namespace {

struct Figures {
  uint64_t allocs, alloc_bytes, frees, freed_bytes, temporaries, temporary_bytes, reallocs, forgotten, forgotten_bytes;
  friend bool operator==(const Figures&, const Figures&) = default;
};

Figures figures_of(const SiteChange& change) {
  return {change.allocs,      change.alloc_bytes,      change.frees,
          change.freed_bytes, change.temporary_blocks, change.temporary_bytes,
          change.reallocs,    change.forgotten_blocks, change.forgotten_bytes};
}

// By row, as the page reads a stream.
std::map<size_t, Figures> read(const Bytes& stream) {
  std::map<size_t, Figures> rows;
  ByteReader in(stream);
  size_t next = 0;
  uint64_t gap = 0;
  Figures last{};
  while (in.left() > 0) {
    const uint64_t head = in.varint();
    uint64_t count = 1;
    if (head == 0) {
      count = in.varint();
    } else {
      gap = head / 32;
      std::pair<uint64_t, uint64_t> parts[5] = {};
      for (size_t i = 0; i < std::size(parts); ++i) {
        if ((head >> i & 1) == 0) continue;
        parts[i].first = in.varint();
        parts[i].second = in.varint();
      }
      const auto& [kept, temporary, freed, reallocs, forgotten] = parts;
      last = {kept.first + temporary.first,
              kept.second + temporary.second,
              freed.first + temporary.first,
              freed.second + temporary.second,
              temporary.first,
              temporary.second,
              reallocs.first,
              forgotten.first,
              forgotten.second};
    }
    for (; count > 0; --count) {
      rows[next + gap] = last;
      next += gap + 1;
    }
  }
  return rows;
}

SiteChange change_of(uint64_t kept, uint64_t temporary, uint64_t freed) {
  SiteChange change;
  change.allocs = kept + temporary;
  change.alloc_bytes = kept * 100 + temporary * 8;
  change.frees = freed + temporary;
  change.freed_bytes = freed * 30 + temporary * 8;
  change.temporary_blocks = temporary;
  change.temporary_bytes = temporary * 8;
  return change;
}

TEST(SiteStreamTest, WhatWasAddedComesBack) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    SiteStream stream;
    std::map<size_t, Figures> expected;
    SiteChange change;
    for (size_t row = random() % 5; row < 2000; row += 1 + (random() % 4 == 0 ? random() % 200 : 0)) {
      if (random() % 3 == 0) {  // otherwise the same once more
        change = change_of(random() % 3, random() % 3, random() % 3);
        if (random() % 5 == 0) change.reallocs = random() % (change.allocs + 1);
        if (random() % 9 == 0) change.forgotten_bytes = (change.forgotten_blocks = random() % 4) * 7;
      }
      stream.add(row, change);
      const Figures figures = figures_of(change);
      if (figures != Figures{}) expected[row] = figures;
    }
    EXPECT_EQ(read(stream.finish()), expected) << "round " << round;
  }
}

TEST(SiteStreamTest, ACursorGoesOnWhileTheStreamIsAddedTo) {
  std::mt19937 random(11);
  for (int round = 0; round < 50; ++round) {
    SiteStream stream;
    SiteStream::Cursor cursor;
    std::vector<uint64_t> live_after;  // by row
    uint64_t live = 0;
    SiteChange change;
    size_t asked = 0;
    for (size_t row = 0; row < 500; ++row) {
      if (random() % 3 == 0) change = change_of(random() % 3, random() % 3, 0);
      if (random() % 2 == 0) {
        stream.add(row, change);
        live += change.alloc_bytes - change.freed_bytes;
      }
      live_after.push_back(live);
      if (random() % 20 != 0) continue;
      asked += random() % (row - asked + 1);
      EXPECT_EQ(cursor.live_bytes_after(asked, stream.finish()), live_after[asked]) << "row " << asked;
    }
  }
}

TEST(SiteStreamTest, RowsThatArePutTogetherHaveTheSumsOfAll) {
  std::mt19937 random(13);
  for (int round = 0; round < 50; ++round) {
    std::vector<uint32_t> places = {0};
    while (places.size() < 300) places.push_back(places.back() + (random() % 3 == 0 ? 1 : 0));
    SiteStream stream;
    SiteStream expected;
    SiteChange change;
    SiteChange sums;
    for (size_t row = 0; row < places.size(); ++row) {
      if (random() % 3 == 0) change = change_of(random() % 3, random() % 3, random() % 3);
      if (random() % 2 == 0) {
        stream.add(row, change);
        sums.allocs += change.allocs;
        sums.alloc_bytes += change.alloc_bytes;
        sums.frees += change.frees;
        sums.freed_bytes += change.freed_bytes;
        sums.temporary_blocks += change.temporary_blocks;
        sums.temporary_bytes += change.temporary_bytes;
      }
      if (row + 1 < places.size() && places[row + 1] == places[row]) continue;
      expected.add(places[row], std::exchange(sums, {}));
    }
    stream.put_together(places);
    EXPECT_EQ(read(stream.finish()), read(expected.finish())) << "round " << round;
    // It goes on.
    stream.add(places.back() + 5, change_of(1, 1, 0));
    EXPECT_EQ(read(stream.finish()).count(places.back() + 5), 1u);
  }
}

TEST(SiteStreamTest, AMinuteOfTheSameCostsAFewBytes) {
  SiteStream stream;
  for (size_t row = 0; row < 3600; ++row) stream.add(row, change_of(0, 40, 0));
  EXPECT_LE(stream.finish().size(), 8u);
  EXPECT_EQ(read(stream.finish()).size(), 3600u);
}

TEST(SiteStreamTest, SizesBeyondFourGibibytesArePreserved) {
  SiteStream stream;
  SiteChange change = change_of(1, 0, 0);
  change.alloc_bytes = uint64_t{5} << 40;
  stream.add(3, change);
  EXPECT_EQ(read(stream.finish()).at(3).alloc_bytes, uint64_t{5} << 40);
}

}  // namespace
}  // namespace heapreel::tools
