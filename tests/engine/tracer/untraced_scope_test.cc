// What heapreel allocates in a program is not the program's.
#include "tests/engine/tracer_fixture.h"

namespace heapreel::engine::testing {
namespace {

using Blocks = std::map<uintptr_t, size_t>;

TEST_F(TracerTest, AllocationsInAnUntracedScopeAreNotRecorded) {
  start_tracer();
  alloc(0x1000, 10);
  {
    const UntracedScope untraced_scope;
    alloc(0x2000, 20);
    alloc(0x3000, 30);
    free(0x3000);
  }
  alloc(0x4000, 40);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x1000, 10}, {0x4000, 40}}));
  const Totals totals = traced_memory();
  EXPECT_EQ(totals.allocs, 2u);
  EXPECT_EQ(totals.untracked_frees, 0u) << "what own work frees of its own is nobody's business";
  EXPECT_TRUE(totals.balanced());
}

TEST_F(TracerTest, UntracedScopeThatFreesABlockOfTheProgramIsRecorded) {
  start_tracer();
  alloc(0x1000, 10);
  alloc(0x2000, 20);
  {
    const UntracedScope untraced_scope;
    free(0x1000);
  }
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x2000, 20}}));
  EXPECT_EQ(traced_memory().frees, 1u);
}

TEST_F(TracerTest, UntracedScopeThatMovesABlockOfTheProgramTakesItOver) {
  start_tracer();
  alloc(0x1000, 10);
  alloc(0x2000, 20);
  {
    const UntracedScope untraced_scope;
    move(0x1000, 0x5000, 50);
    const ReallocTicket ticket = record_realloc_begin(0, address(0x2000));
    record_realloc_end(0, ticket, address(0x2000), address(0x6000), 60, HEAPREEL_WALK_START());
  }
  EXPECT_TRUE(live_blocks(take_snapshot()).empty());
  const Totals totals = traced_memory();
  EXPECT_EQ(totals.allocs, 2u);
  EXPECT_EQ(totals.frees, 2u);
  EXPECT_TRUE(totals.balanced());
}

TEST_F(TracerTest, UntracedScopeInsideAnotherEndsWithTheOuterOne) {
  start_tracer();
  {
    const UntracedScope outer;
    { const UntracedScope inner; }
    alloc(0x1000, 10);
  }
  alloc(0x2000, 20);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x2000, 20}}));
}

TEST_F(TracerTest, BlocksOfAnUntracedScopeAreUntrackedWhenTheProgramFreesThem) {
  start_tracer();
  {
    const UntracedScope untraced_scope;
    alloc(0x1000, 10);
  }
  free(0x1000);
  const Totals totals = traced_memory();
  EXPECT_EQ(totals.frees, 0u);
  EXPECT_EQ(totals.untracked_frees, 1u);
}

TEST_F(TracerTest, UntracedScopeHasNoEffectWhileTracingIsOff) {
  {
    const UntracedScope untraced_scope;
    start_tracer();
    alloc(0x1000, 10);
  }
  alloc(0x2000, 20);
  EXPECT_EQ(live_blocks(take_snapshot()), (Blocks{{0x1000, 10}, {0x2000, 20}}));
}

}  // namespace
}  // namespace heapreel::engine::testing
