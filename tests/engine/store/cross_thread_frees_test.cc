#include "engine/store/cross_thread_frees.h"

#include <map>

#include "engine/consolidate/consolidator.h"
#include "engine/cut/cut.h"
#include "tests/engine/interrupted_hook.h"
#include "tests/engine/stored_pcs.h"
#include "tests/engine/tracer_fixture.h"
#include "tests/engine/worker_thread.h"

namespace heapreel::engine::testing {
namespace {

class CrossThreadFreesTest : public TracerTest {
 protected:
  void SetUp() override { start_without_consolidator(); }

  static void end_game_frame() {
    game_frame();
    round();
  }

  // By the first program counter of the site's stack.
  static std::map<uintptr_t, CrossThreadFrees> frees() {
    const SnapshotHandle snapshot(request_cut(*tracer_state(), CutKind::kSnapshot, true));
    round();
    std::map<uintptr_t, CrossThreadFrees> frees;
    const FrozenTraces& state = *snapshot.get();
    state.for_each_cross_thread_frees([&](SiteId site, const CrossThreadFrees& of_site) {
      frees[stored_pcs(*state.tracebacks, state.sites->at(site).traceback).front()] = of_site;
    });
    return frees;
  }

  using Frees = std::map<uintptr_t, CrossThreadFrees>;
};

TEST_F(CrossThreadFreesTest, WhatAThreadAllocatesAndFreesIsNotAmongThem) {
  alloc(0x1000, 10, {1});
  free(0x1000);
  alloc(0x1000, 10, {1});
  round();
  free(0x1000);
  EXPECT_EQ(frees(), Frees{});
}

TEST_F(CrossThreadFreesTest, BlocksThatAnotherThreadFreesCountForTheirSite) {
  WorkerThread other;
  alloc(0x1000, 10, {1});
  alloc(0x2000, 20, {1});
  alloc(0x3000, 30, {2});
  other.run([] {
    free(0x1000);
    free(0x2000);
  });
  free(0x3000);
  EXPECT_EQ(frees(), (Frees{{1, {2, 30, 2, 30}}}));
}

TEST_F(CrossThreadFreesTest, OnlyThoseOfTheGameFrameThatAllocatedAreTemporary) {
  WorkerThread other;
  alloc(0x1000, 10, {1});
  alloc(0x2000, 20, {1});
  other.run([] { free(0x1000); });
  end_game_frame();
  other.run([] { free(0x2000); });
  EXPECT_EQ(frees(), (Frees{{1, {2, 30, 1, 10}}}));
}

TEST_F(CrossThreadFreesTest, AFreeThatIsMetBeforeItsBlockIsOfTheThreadThatMadeIt) {
  WorkerThread other;
  alloc(0x9000, 1, {9});  // so that this thread's ring comes first
  round();
  other.run([] { alloc(0x1000, 10, {1}); });
  {
    const InterruptedHook hook;  // the handler has a ring of its own
    alloc(0x2000, 20, {2});
  }
  free(0x1000);
  free(0x2000);
  EXPECT_EQ(frees(), (Frees{{1, {1, 10, 1, 10}}}));
}

TEST_F(CrossThreadFreesTest, AReallocFreesOnTheThreadThatCallsIt) {
  WorkerThread other;
  alloc(0x1000, 10, {1});
  alloc(0x2000, 20, {2});
  other.run([] { move(0x1000, 0x4000, 40, {3}); });
  move(0x2000, 0x5000, 50, {3});
  other.run([] { free(0x4000); });
  EXPECT_EQ(frees(), (Frees{{1, {1, 10, 1, 10}}}));
  other.run([] { free(0x5000); });
  EXPECT_EQ(frees(), (Frees{{1, {1, 10, 1, 10}}, {3, {1, 50, 1, 50}}}));
}

TEST_F(CrossThreadFreesTest, ABlockWhoseFreeNobodySawIsNotTakenForItsThreadsOwn) {
  alloc(0x1000, 10, {1});
  alloc(0x1000, 20, {2});
  free(0x1000);
  EXPECT_EQ(frees(), (Frees{{1, {1, 10, 1, 10}}}));
}

TEST_F(CrossThreadFreesTest, ThreadsThatFoundNoPlaceAreNotTakenForOneAnother) {
  alloc(0x1000, 10, {1});
  round();
  TraceStore& store = *tracer_state()->consolidator->store_for_test();
  BlockId born = 0;
  const SnapshotHandle before(request_cut(*tracer_state(), CutKind::kSnapshot, true));
  round();
  before.get()->for_each_block([&](BlockId id, const Record&) { born = id; });
  store.begin_ring(ThreadNames::kNone);
  const SiteId site = store.site({.domain = 0, .scope = 0, .traceback = kUnknownTraceback});
  ASSERT_TRUE(store.alloc(
      {.id = born + 1, .site = site, .address = 0x2000, .size = 20, .thread = ThreadNames::kNone, .domain = 0}));
  ASSERT_EQ(store.free(born + 1, event::address_check(0x2000)), TraceStore::FreeResult::kFreed);
  store.end_ring(2);
  uint64_t freed = 0;
  store.freeze().for_each_cross_thread_frees([&](SiteId, const CrossThreadFrees& frees) { freed += frees.frees; });
  EXPECT_EQ(freed, 1u);
}

TEST_F(CrossThreadFreesTest, AFrozenStateKeepsItsOwn) {
  WorkerThread other;
  alloc(0x1000, 10, {1});
  alloc(0x2000, 20, {1});
  other.run([] { free(0x1000); });
  const SnapshotHandle before(request_cut(*tracer_state(), CutKind::kSnapshot, true));
  round();
  other.run([] { free(0x2000); });
  EXPECT_EQ(frees(), (Frees{{1, {2, 30, 2, 30}}}));
  uint64_t freed = 0;
  before.get()->for_each_cross_thread_frees([&](SiteId, const CrossThreadFrees& frees) { freed += frees.freed_bytes; });
  EXPECT_EQ(freed, 10u);
}

TEST_F(CrossThreadFreesTest, ClearTracesForgetsThem) {
  WorkerThread other;
  alloc(0x1000, 10, {1});
  other.run([] { free(0x1000); });
  EXPECT_EQ(frees().size(), 1u);
  clear_traces();
  EXPECT_EQ(frees(), Frees{});
}

}  // namespace
}  // namespace heapreel::engine::testing
