// Pools inside of malloc's memory, pools inside of pools, and allocators that hand each block on.
#include <heapreel/domain_totals.h>
#include <heapreel/snapshot.h>

#include <gtest/gtest.h>

namespace heapreel {
namespace {

Trace block(uint32_t domain, uint64_t address, uint64_t size) {
  Trace trace;
  trace.domain = domain;
  trace.size = size;
  trace.traceback = {Frame("a.cc", 1)};
  trace.address = address;
  return trace;
}

std::vector<DomainTotals> totals_of(std::vector<Trace> traces) {
  std::vector<DomainTotals> totals = domain_totals(Snapshot::from_traces(std::move(traces), 1));
  for (DomainTotals& domain : totals) domain.name = "";
  return totals;
}

using Totals = std::vector<DomainTotals>;

TEST(DomainTotals, APoolInsideOfMallocsMemoryIsNotCountedTwice) {
  EXPECT_EQ(totals_of({block(0, 0x1000, 4096), block(0, 0x9000, 100), block(1, 0x1000, 64), block(1, 0x1040, 32)}),
            (Totals{{.domain = 0, .blocks = 2, .bytes = 4196, .own_blocks = 1, .own_bytes = 100},
                    {.domain = 1,
                     .blocks = 2,
                     .bytes = 96,
                     .own_blocks = 2,
                     .own_bytes = 96,
                     .within = 0,
                     .heap_blocks = 1,
                     .heap_bytes = 4096,
                     .bytes_in_heaps = 96}}));
}

TEST(DomainTotals, PoolsMayLieInPools) {
  const Totals totals = totals_of({block(2, 0x1100, 16), block(1, 0x1100, 0x100), block(0, 0x1000, 0x1000),
                                   block(1, 0x1800, 0x80), block(2, 0x5000, 8)});
  ASSERT_EQ(totals.size(), 3u);
  EXPECT_EQ(totals[0].own_bytes, 0u);
  EXPECT_EQ(totals[1].within, 0u);
  EXPECT_EQ(totals[1].own_bytes, 0x80u) << "the other one is a heap of domain 2";
  EXPECT_EQ(totals[2].within, 1u) << "the nearest, not malloc";
  EXPECT_EQ(totals[2].heap_bytes, 0x100u);
  EXPECT_EQ(totals[2].own_bytes, 24u);
  EXPECT_EQ(totals[2].bytes_in_heaps, 16u);
}

TEST(DomainTotals, AnAllocatorThatHandsBlocksOnHasTheBytesForItself) {
  const Totals totals = totals_of(
      {block(1, 0x1000, 100), block(0, 0x1000, 100), block(0, 0x2000, 7), block(1, 0x3000, 0), block(0, 0x3000, 0)});
  ASSERT_EQ(totals.size(), 2u);
  EXPECT_EQ(totals[0].own_bytes, 7u);
  EXPECT_EQ(totals[1].own_bytes, 100u);
  EXPECT_EQ(totals[1].heap_blocks, 1u);
}

TEST(DomainTotals, WhatMerelyTouchesLiesInNothing) {
  const Totals totals = totals_of({block(0, 0x1000, 0x100), block(1, 0x1100, 0x10), block(1, 0x10f8, 0x10)});
  ASSERT_EQ(totals.size(), 2u);
  EXPECT_EQ(totals[0].own_bytes, 0x100u);
  EXPECT_EQ(totals[1].within, std::nullopt);
}

TEST(DomainTotals, BehindAHeapTheOuterOneIsFoundAgain) {
  const Totals totals = totals_of({block(0, 0x1000, 0x1000), block(1, 0x1100, 0x10), block(0, 0x2000, 0x10),
                                   block(1, 0x1f00, 0x10), block(1, 0x2000, 0x10)});
  EXPECT_EQ(totals[1].heap_blocks, 2u);
  EXPECT_EQ(totals[1].heap_bytes, 0x1010u);
  EXPECT_EQ(totals[0].own_bytes, 0u);
}

TEST(DomainTotals, WithoutHeapsEachByteCountsOnce) {
  const Snapshot all = Snapshot::from_traces({block(0, 0x1000, 4096), block(0, 0x9000, 100), block(1, 0x1000, 64)}, 1);
  std::vector<uint64_t> sizes;
  for (const Trace& trace : without_heaps(all).traces()) sizes.push_back(trace.size);
  EXPECT_EQ(sizes, (std::vector<uint64_t>{100, 64}));
}

TEST(DomainTotals, OfNothingIsNothing) {
  EXPECT_TRUE(totals_of({}).empty());
}

}  // namespace
}  // namespace heapreel
