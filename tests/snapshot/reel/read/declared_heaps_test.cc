// Blocks that the program says are memory of another domain, as a reel and a dump of it tell of them.
#include <heapreel/domain_totals.h>
#include <heapreel/heapreel.h>

#include <algorithm>
#include <cstdio>

#include "tests/snapshot/reel_fixture.h"

namespace heapreel::testing {
namespace {

class DeclaredHeapsTest : public ReelTest {
 protected:
  void SetUp() override {
    start_without_thread();
    record();
    pool_ = engine::register_domain("Pool", 16);
    other_ = engine::register_domain("Other", 16);
    alloc(0x10000, 0x1000, {1});
    alloc(0x20000, 0x1000, {1});
    alloc(0x90000, 100, {2});
  }

  static bool heap(engine::DomainIndex domain, uintptr_t p, engine::DomainIndex of = 0) {
    return engine::record_heap(domain, of, reinterpret_cast<const void*>(p));
  }
  // The totals of a domain in the reel's last game frame. Checks that a dump of its snapshot has the same.
  DomainTotals totals(const char* name) {
    end_game_frame();
    EXPECT_EQ(finish(), "");
    const Reel reel = Reel::open(path());
    EXPECT_TRUE(reel.verify().empty());
    const Snapshot snapshot = reel.snapshot_at(reel.game_frames().back().number);
    const std::string dumped = path() + ".still";
    snapshot.dump(dumped);
    const auto of = [&](const Snapshot& state) {
      const auto all = domain_totals(state);
      const auto found = std::ranges::find(all, name, &DomainTotals::name);
      return found == all.end() ? DomainTotals{} : *found;
    };
    DomainTotals result = of(snapshot);
    DomainTotals again = of(Snapshot::load(dumped));
    std::remove(dumped.c_str());
    again.peak_bytes = result.peak_bytes;  // a dump has none
    again.peak_bound = result.peak_bound;
    EXPECT_EQ(result, again);
    return result;
  }

  engine::DomainIndex pool_ = 0, other_ = 0;
};

TEST_F(DeclaredHeapsTest, AHeapInWhichNothingLivesIsNotMallocsOwn) {
  EXPECT_TRUE(heap(pool_, 0x10000));
  const DomainTotals malloc = totals("malloc");
  EXPECT_EQ(malloc.bytes, 0x2000u + 100);
  EXPECT_EQ(malloc.own_bytes, 0x1000u + 100);
}

TEST_F(DeclaredHeapsTest, ADomainHasTheHeapsThatItSaysItHas) {
  EXPECT_TRUE(heap(pool_, 0x10000));
  EXPECT_TRUE(heap(pool_, 0x20000));
  EXPECT_TRUE(heap(pool_, 0x20000)) << "once more is no second heap";
  alloc(0x10000, 64, {3}, pool_);
  const DomainTotals pool = totals("Pool");
  EXPECT_EQ(pool.heap_blocks, 2u);
  EXPECT_EQ(pool.heap_bytes, 0x2000u);
  EXPECT_EQ(pool.declared_heaps, 2u);
  EXPECT_EQ(pool.bytes_in_heaps, 64u);
  EXPECT_EQ(pool.outside_blocks, 0u);
  EXPECT_EQ(pool.within, 0u);
}

TEST_F(DeclaredHeapsTest, PiecesOfAHeapThatWasFreedLieOutside) {
  EXPECT_TRUE(heap(pool_, 0x10000));
  EXPECT_TRUE(heap(pool_, 0x20000));
  alloc(0x10000, 64, {3}, pool_);
  alloc(0x20ff0, 64, {3}, pool_);  // beyond its end
  alloc(0x20000, 16, {3}, pool_);
  free(0x10000);
  const DomainTotals pool = totals("Pool");
  EXPECT_EQ(pool.declared_heaps, 1u);
  EXPECT_EQ(pool.outside_blocks, 2u);
  EXPECT_EQ(pool.outside_bytes, 128u);
}

TEST_F(DeclaredHeapsTest, WhatComesToTheAddressOfAFreedHeapIsNone) {
  EXPECT_TRUE(heap(pool_, 0x10000));
  end_game_frame();
  free(0x10000);
  alloc(0x10000, 0x1000, {1});
  EXPECT_EQ(totals("malloc").own_bytes, 0x2000u + 100);
}

TEST_F(DeclaredHeapsTest, AHeapOfTwoDomainsIsToldOfBoth) {
  EXPECT_TRUE(heap(pool_, 0x10000));
  EXPECT_TRUE(heap(other_, 0x10000));
  EXPECT_TRUE(heap(pool_, 0x20000));
  const DomainTotals pool = totals("Pool");
  EXPECT_EQ(pool.declared_heaps, 2u);
  EXPECT_EQ(pool.shared_heaps, 1u);
}

TEST_F(DeclaredHeapsTest, PiecesOfAnotherDomainInAHeapMakeItShared) {
  EXPECT_TRUE(heap(pool_, 0x10000));
  alloc(0x10100, 16, {3}, pool_);
  alloc(0x10200, 16, {3}, other_);
  EXPECT_EQ(totals("Pool").shared_heaps, 1u);
}

TEST_F(DeclaredHeapsTest, APieceMayBeAHeapItself) {
  EXPECT_TRUE(heap(pool_, 0x10000));
  alloc(0x10100, 0x100, {3}, pool_);
  EXPECT_TRUE(heap(other_, 0x10100, pool_));
  alloc(0x10110, 16, {3}, other_);
  const DomainTotals other = totals("Other");
  EXPECT_EQ(other.within, pool_);
  EXPECT_EQ(other.outside_blocks, 0u);
  EXPECT_EQ(other.shared_heaps, 0u);
}

TEST_F(DeclaredHeapsTest, WhatIsNoBlockIsRefused) {
  EXPECT_FALSE(heap(pool_, 0x10010)) << "within a block";
  EXPECT_FALSE(heap(pool_, 0x10000, other_)) << "of another domain";
  EXPECT_FALSE(heap(pool_, 0x10000, pool_));
  EXPECT_FALSE(heap(0, 0x10000, pool_));
  EXPECT_FALSE(heap(4000, 0x10000)) << "no domain";
  EXPECT_EQ(totals("Pool").declared_heaps, 0u);
}

TEST_F(DeclaredHeapsTest, AHeapThatWasReallocatedIsNoneUntilItIsReportedAnew) {
  EXPECT_TRUE(heap(pool_, 0x10000));
  engine::record_move(0, reinterpret_cast<void*>(0x10000), reinterpret_cast<void*>(0x10000), 0x2000,
                      engine::GivenStack{nullptr, 0, true});
  EXPECT_EQ(totals("malloc").own_bytes, 0x3000u + 100);
}

}  // namespace
}  // namespace heapreel::testing
