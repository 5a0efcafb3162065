#include "snapshot/statistics/size_bins.h"

#include <gtest/gtest.h>
#include <mimalloc.h>

#include <random>

#include <heapreel/heapreel.h>

namespace heapreel::testing {
namespace {

Snapshot snapshot_of_sizes(const std::vector<uint64_t>& sizes, uint32_t domain = 0) {
  std::vector<Trace> traces;
  for (const uint64_t size : sizes) {
    Trace trace;
    trace.domain = domain;
    trace.size = size;
    trace.traceback = {Frame("a.cc", 1)};
    traces.push_back(std::move(trace));
  }
  return Snapshot::from_traces(std::move(traces), 1);
}

TEST(SizeHistogram, PowersOfTwoHoldWhatIsAboveTheOneBefore) {
  const auto bins = snapshot_of_sizes({0, 1, 2, 3, 4, 5, 8, 9, 64, 65, UINT64_MAX}, 7).size_histogram();
  const std::vector<SizeBin> expected = {
      {0, 0, 1, 0, 0},    {1, 1, 1, 1, 0},     {2, 2, 1, 2, 0},
      {3, 4, 2, 7, 0},    {5, 8, 2, 13, 0},    {9, 16, 1, 9, 0},
      {33, 64, 1, 64, 0}, {65, 128, 1, 65, 0}, {(uint64_t{1} << 63) + 1, UINT64_MAX, 1, UINT64_MAX, 0}};
  EXPECT_EQ(bins, expected);
}

TEST(SizeHistogram, ClassesAreThoseOfMimalloc) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const uint64_t magnitude = uint64_t{1} << random() % 27;
    const uint64_t size = random() % 4 == 0 ? magnitude : magnitude / 2 + random() % magnitude;
    void* const block = mi_malloc(size < 16 ? 16 : size);  // as the hooks ask for it
    ASSERT_EQ(mimalloc_block_bytes(size), mi_usable_size(block)) << size << " bytes";
    mi_free(block);
  }
}

TEST(SizeHistogram, ClassesAdjoinAndTheirSlackAddsUp) {
  std::vector<uint64_t> sizes;
  for (uint64_t size = 0; size < 3'000; ++size) sizes.push_back(size);
  uint64_t next = 0, blocks = 0, bytes = 0, slack = 0;
  for (const SizeBin& bin : snapshot_of_sizes(sizes).size_histogram(SizeBinning::mimalloc_class)) {
    EXPECT_EQ(bin.least, next);
    next = bin.most + 1;
    blocks += bin.blocks;
    bytes += bin.bytes;
    slack += bin.slack_bytes;
  }
  EXPECT_EQ(blocks, 3'000u);
  EXPECT_EQ(bytes, uint64_t{2'999} * 3'000 / 2);
  uint64_t expected = 0;
  for (const uint64_t size : sizes) expected += mi_good_size(size < 16 ? 16 : size) - size;
  EXPECT_EQ(slack, expected);
}

}  // namespace
}  // namespace heapreel::testing
