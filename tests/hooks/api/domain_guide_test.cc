// The examples of hooks/DOMAINS.md: what domain_totals() says of them.
#include <heapreel/domain_totals.h>
#include <heapreel/engine.h>
#include <heapreel/heapreel.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace heapreel::testing {
namespace {

HEAPREEL_DOMAIN(g_pool, "Pool");

class Pool {
 public:
  explicit Pool(size_t pieces) : chunk_(static_cast<char*>(std::malloc(pieces * kPiece))) {
    HEAPREEL_HEAP(g_pool, chunk_);  // malloc's block, the pool's memory
    for (size_t i = 0; i < pieces; ++i) free_.push_back(chunk_ + i * kPiece);
  }
  ~Pool() {
    HEAPREEL_DOMAIN_DESTROY(g_pool);  // before its memory goes
    std::free(chunk_);                // and with it what was said of it
  }
  void* take(size_t n) {
    void* const piece = free_.back();
    free_.pop_back();
    HEAPREEL_ALLOC(g_pool, piece, n);
    return piece;
  }
  void give_back(void* piece) {
    HEAPREEL_FREE(g_pool, piece);
    free_.push_back(static_cast<char*>(piece));
  }

  static constexpr size_t kPiece = 64;

 private:
  char* const chunk_;
  std::vector<char*> free_;
};

HEAPREEL_DOMAIN(g_arena, "FrameArena");

class Arena {
 public:
  Arena(Pool& pool, size_t bytes) : pool_(pool), base_(static_cast<char*>(pool.take(bytes))), bytes_(bytes) {
    HEAPREEL_HEAP_OF(g_arena, g_pool, base_);
  }
  ~Arena() {
    reset();
    pool_.give_back(base_);
  }
  void* take(size_t n) {
    void* const p = base_ + used_;
    used_ += n;
    HEAPREEL_ALLOC(g_arena, p, n);
    return p;
  }
  void reset() {
    HEAPREEL_ARENA_RESET(g_arena, base_, bytes_);  // announced first
    used_ = 0;
  }

 private:
  Pool& pool_;
  char* const base_;
  const size_t bytes_;
  size_t used_ = 0;
};

class DomainGuideTest : public ::testing::Test {
 protected:
  void SetUp() override {
    StartOptions options;
    options.traceback_limit = 1;
    options.frame_every_ms = 0;  // a peak is that of a game frame, and no timer shall end it
    heapreel::start(options);
  }
  void TearDown() override { heapreel::stop(); }

  static DomainTotals totals(const char* name) {
    const auto all = domain_totals(take_snapshot());
    const auto found = std::ranges::find(all, name, &DomainTotals::name);
    return found == all.end() ? DomainTotals{} : *found;
  }
};

TEST_F(DomainGuideTest, TheChunkOfAPoolIsNotMallocsOwnThoughNothingOfItIsInUse) {
  const uint64_t before = totals("malloc").own_bytes;
  Pool pool(1000);
  const uint64_t list = 1000 * sizeof(char*);  // what is free, or a little more
  EXPECT_LT(totals("malloc").own_bytes, before + 4 * list);
  EXPECT_EQ(totals("Pool").declared_heaps, 1u);
  EXPECT_EQ(totals("Pool").heap_bytes, 1000 * Pool::kPiece);
  void* const piece = pool.take(40);
  EXPECT_EQ(totals("Pool").bytes_in_heaps, 40u);
  EXPECT_EQ(totals("Pool").outside_blocks, 0u);
  pool.give_back(piece);
  EXPECT_EQ(totals("Pool").bytes, 0u);
}

TEST_F(DomainGuideTest, APoolThatIsDestroyedLeavesNoHeap) {
  { Pool pool(10); }
  EXPECT_EQ(totals("Pool").declared_heaps, 0u);
  EXPECT_EQ(totals("Pool").blocks, 0u);
}

TEST_F(DomainGuideTest, AnArenaInAPoolHasThePoolsPieceForItsMemory) {
  Pool pool(10);
  Arena arena(pool, Pool::kPiece);
  EXPECT_EQ(totals("Pool").own_bytes, 0u);
  arena.take(16);
  arena.take(16);
  const DomainTotals found = totals("FrameArena");
  EXPECT_EQ(found.own_bytes, 32u);
  EXPECT_EQ(found.heap_bytes, Pool::kPiece);
  EXPECT_EQ(found.declared_heaps, 1u);
  EXPECT_EQ(found.shared_heaps, 0u);
  arena.reset();
  EXPECT_EQ(totals("FrameArena").bytes, 0u);
  EXPECT_EQ(totals("FrameArena").peak_bytes, 32u);
}

TEST_F(DomainGuideTest, WhatIsNoBlockIsNoHeap) {
  static char no_block[100];
  char* const block = static_cast<char*>(std::malloc(100));
  const heapreel_domain_id pool = heapreel_register_domain("Pool", 16);
  EXPECT_EQ(heapreel_heap(pool, 0, no_block), HEAPREEL_BAD_ARGUMENT);
  static_cast<void>(heapreel_heap(pool, 0, block + 16));  // whether it is noticed at once depends on the allocator
  EXPECT_EQ(totals("Pool").declared_heaps, 0u);
  EXPECT_EQ(heapreel_heap(pool, 0, block), HEAPREEL_OK);
  EXPECT_EQ(totals("Pool").declared_heaps, 1u);
  std::free(block);
}

}  // namespace
}  // namespace heapreel::testing
