// The tables that give equal things one id.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "engine/store/intern_index.h"
#include "engine/store/site_table.h"
#include "engine/store/traceback_table.h"
#include "tests/engine/arena_fixture.h"
#include "tests/engine/stored_pcs.h"

namespace heapreel::engine::testing {
namespace {

class InternIndexTest : public ArenaTest {};
class TracebackTableTest : public ArenaTest {};
class SiteTableTest : public ArenaTest {};

TEST_F(InternIndexTest, EqualHashesAreToldApartByWhatTheyStandFor) {
  RangePool ranges;
  InternIndex index(ranges);
  ASSERT_TRUE(index.open());
  const auto hash_of = [](uint32_t) { return uint64_t{42}; };
  for (uint32_t id = 0; id < 100; ++id) ASSERT_TRUE(index.add(42, id, hash_of));
  for (uint32_t id = 0; id < 100; ++id) {
    EXPECT_EQ(index.find(42, [id](uint32_t found) { return found == id; }), id);
  }
  EXPECT_EQ(index.find(42, [](uint32_t) { return false; }), InternIndex::kNone);
}

TEST_F(InternIndexTest, GrowsWithoutLosingAnyAndIsEmptyWhenCleared) {
  RangePool ranges;
  InternIndex index(ranges);
  ASSERT_TRUE(index.open());
  const auto hash_of = [](uint32_t id) { return uint64_t{id} * 0x9e3779b97f4a7c15; };
  constexpr uint32_t kMany = 50'000;
  for (uint32_t id = 0; id < kMany; ++id) ASSERT_TRUE(index.add(hash_of(id), id, hash_of));
  for (uint32_t id = 0; id < kMany; ++id) {
    ASSERT_EQ(index.find(hash_of(id), [id](uint32_t found) { return found == id; }), id);
  }
  index.clear();
  EXPECT_EQ(index.find(hash_of(7), [](uint32_t) { return true; }), InternIndex::kNone);
}

TEST_F(TracebackTableTest, EqualStacksHaveOneIdAndReadBackAsGiven) {
  RangePool ranges;
  TracebackTable table(ranges);
  ASSERT_TRUE(table.open());
  std::map<std::vector<uint64_t>, TracebackId> model;
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<uint64_t> pcs(1 + random() % (i % 100 == 0 ? 1024 : 6));
    for (uint64_t& pc : pcs) pc = 1 + random() % 4;
    const auto depth = static_cast<uint32_t>(pcs.size());
    const TracebackId id = table.intern(pcs.data(), depth, depth, true, false);
    const auto [known, fresh] = model.try_emplace(pcs, id);
    ASSERT_EQ(known->second, id);
    ASSERT_EQ(table.count(), model.size() + 2);
  }
  for (const auto& [pcs, id] : model) {
    ASSERT_EQ(stored_pcs(table, id), pcs);
  }
}

// Whatever stack is named as near, of this table or none.
TEST_F(TracebackTableTest, StacksThatShareTheirOutermostFramesReadBackAsGiven) {
  RangePool ranges;
  TracebackTable table(ranges);
  ASSERT_TRUE(table.open());
  std::map<std::vector<uint64_t>, TracebackId> model;
  std::mt19937_64 random(2);
  std::vector<uint64_t> pcs;
  for (int i = 0; i < 20'000; ++i) {
    // As a program calls and returns; now and then it is another one's stack.
    if (random() % 50 == 0) pcs.resize(random() % 3);
    pcs.erase(pcs.begin(), pcs.begin() + static_cast<ptrdiff_t>(random() % (1 + pcs.size() / 4)));
    for (uint64_t calls = random() % 12; calls > 0 && pcs.size() < 1024; --calls) {
      pcs.insert(pcs.begin(), 1 + random() % 3);
    }
    const auto depth = static_cast<uint32_t>(pcs.size());
    const auto near = static_cast<TracebackId>(random() % (table.count() + 2));
    const TracebackId id = table.intern(pcs.data(), depth, depth, true, false, 0, near);
    ASSERT_EQ(model.try_emplace(pcs, id).first->second, id);
    ASSERT_EQ(table.count(), model.size() + 2);
  }
  for (const auto& [expected, id] : model) ASSERT_EQ(stored_pcs(table, id), expected);
}

TEST_F(TracebackTableTest, StackKeepsOnlyTheFramesThatItDoesNotShareWithTheOneBefore) {
  RangePool ranges;
  TracebackTable table(ranges);
  ASSERT_TRUE(table.open());
  std::vector<uint64_t> pcs(100, 7);
  TracebackId near = table.intern(pcs.data(), 100, 100, true, false);
  EXPECT_EQ(table.at(near)->own, 100u);
  for (uint64_t last = 1; last <= 10; ++last) {
    pcs[0] = 1000 + last;
    near = table.intern(pcs.data(), 100, 100, true, false, 0, near);
    EXPECT_EQ(table.at(near)->own, 4u) << "what is shared is a multiple of four frames";
    EXPECT_EQ(stored_pcs(table, near), pcs);
  }
  // A traceback that another one contains wholly, and one that begins behind the frames that its neighbour keeps.
  const TracebackId outer = table.intern(pcs.data() + 8, 92, 92, true, false, 0, near);
  EXPECT_EQ(table.at(outer)->own, 0u);
  pcs[9] = 1;
  const TracebackId behind = table.intern(pcs.data() + 9, 91, 91, true, false, 0, outer);
  EXPECT_EQ(table.at(behind)->own, 3u);
  EXPECT_EQ(stored_pcs(table, behind), (std::vector<uintptr_t>{pcs.begin() + 9, pcs.end()}));
}

// A reader pays for frames, not for stacks: each link leads to four frames or more.
TEST_F(TracebackTableTest, LinksThatAReaderFollowsAreAQuarterOfTheFramesAtMost) {
  RangePool ranges;
  TracebackTable table(ranges);
  ASSERT_TRUE(table.open());
  std::vector<uint64_t> pcs;
  TracebackId near = kUnknownTraceback;
  for (uint64_t call = 1; call <= 1000; ++call) {
    pcs.insert(pcs.begin(), call);
    near = table.intern(pcs.data(), static_cast<uint32_t>(call), 0, false, false, 0, near);
    uint32_t runs = 0;
    table.for_each_run(*table.at(near), [&runs](const uintptr_t*, uint32_t) { ++runs; });
    ASSERT_LE(runs, call / 4 + 1);
  }
  EXPECT_EQ(stored_pcs(table, near), pcs);
}

TEST_F(TracebackTableTest, WhatItTakesIsGivenBackWhenItIsCleared) {
  RangePool ranges;
  TracebackTable table(ranges);
  ASSERT_TRUE(table.open());
  uint64_t most = 0;
  for (int round = 0; round < 3; ++round) {
    for (uint64_t pc = 1; pc <= 10'000; ++pc) {
      const uint64_t pcs[] = {pc, pc + 1, pc + 2};
      table.intern(pcs, 3, 3, true, false);
    }
    if (round == 0) most = table.bytes_in_use();
    EXPECT_EQ(table.bytes_in_use(), most);
    table.clear();
    ASSERT_TRUE(table.open());
    EXPECT_LT(table.bytes_in_use(), most / 2);  // the index keeps its size
  }
}

TEST_F(TracebackTableTest, WholeDepthAndFlagsArePartOfTheIdentity) {
  RangePool ranges;
  TracebackTable table(ranges);
  ASSERT_TRUE(table.open());
  const uint64_t pcs[] = {1, 2};
  const TracebackId whole = table.intern(pcs, 2, 2, true, false);
  EXPECT_NE(table.intern(pcs, 2, 3, false, false), whole);
  EXPECT_NE(table.intern(pcs, 2, 0, false, false), table.intern(pcs, 2, 3, false, false));
  EXPECT_NE(table.intern(pcs, 2, 2, true, true), whole);
  EXPECT_EQ(table.intern(pcs, 2, 2, true, false), whole);
}

TEST_F(TracebackTableTest, ClearedTableBeginsWithTheTwoThatAreNone) {
  RangePool ranges;
  TracebackTable table(ranges);
  ASSERT_TRUE(table.open());
  const uint64_t pcs[] = {1, 2};
  table.intern(pcs, 2, 2, true, false);
  table.clear();
  ASSERT_TRUE(table.open());
  EXPECT_EQ(table.count(), 2u);
  EXPECT_EQ(table.at(kUnknownTraceback)->depth, 0);
  EXPECT_EQ(table.at(kDegradedTraceback)->depth, 0);
  EXPECT_EQ(table.intern(pcs, 2, 2, true, false), 2u);
}

TEST_F(SiteTableTest, DomainScopeAndTracebackMakeASite) {
  RangePool ranges;
  SiteTable table(ranges);
  ASSERT_TRUE(table.open());
  const SiteId site = table.intern({1, 2, 3});
  EXPECT_EQ(table.intern({1, 2, 3}), site);
  EXPECT_NE(table.intern({2, 2, 3}), site);
  EXPECT_NE(table.intern({1, 3, 3}), site);
  EXPECT_NE(table.intern({1, 2, 4}), site);
  EXPECT_EQ(table.count(), 4u);
}

TEST_F(SiteTableTest, TableWithoutAddressSpaceSaysSoAndKeepsWhatItHas) {
  RangePool ranges;
  SiteTable table(ranges);
  ASSERT_TRUE(table.open());
  use_up_address_space();
  SiteId newest = 0;
  uint32_t domain = 0;
  while (newest != InternIndex::kNone && domain < 100'000) newest = table.intern({++domain, 0, 0});
  EXPECT_EQ(newest, InternIndex::kNone);
  EXPECT_EQ(table.count(), domain - 1);
  for (uint32_t known = 1; known < domain; ++known) ASSERT_EQ(table.intern({known, 0, 0}), known - 1);
}

}  // namespace
}  // namespace heapreel::engine::testing
