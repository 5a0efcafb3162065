// The tables that give equal things one id.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "engine/store/intern_index.h"
#include "engine/store/site_table.h"
#include "engine/store/traceback_table.h"
#include "tests/engine/arena_fixture.h"

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
    const StoredTraceback* stored = table.at(id);
    ASSERT_EQ((std::vector<uint64_t>{stored->pcs(), stored->pcs() + stored->depth}), pcs);
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
