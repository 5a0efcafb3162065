// The figures of game frames, against what was allocated and freed in them.
#include "snapshot/overlay/live_tally.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <thread>

#include <heapreel/tracing.h>

#include "engine/memory/arena_address.h"
#include "snapshot/live/frozen_trace_set.h"
#include "tests/engine/tracer_fixture.h"

// What this thread allocates, to show that nothing is allocated. ThreadSanitizer has operators of its own. Not inlined: GCC
// would warn that malloc's block goes to operator delete.
static thread_local uint64_t g_allocations = 0;
#if !HEAPREEL_HAS_FEATURE(thread_sanitizer)
[[gnu::noinline]] void* operator new(size_t n) {
  ++g_allocations;
  if (void* p = std::malloc(n)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept {
  std::free(p);
}
[[gnu::noinline]] void operator delete(void* p, size_t) noexcept {
  std::free(p);
}
#endif

namespace heapreel::testing {
namespace {

class LiveTallyTest : public engine::testing::TracerTest {
 protected:
  // Ends a game frame and tells the tally of it.
  void end_game_frame() {
    engine::game_frame();
    look(1);
  }
  void look(uint32_t game_frames) {
    engine::SnapshotHandle now = engine::take_snapshot();
    ASSERT_NE(now.get(), nullptr);
    if (!tally_) tally_.emplace(*engine::tracer_state());
    source_ = FrozenTracebackSource::of(*now.get());
    tally_->add(before_.get(), *now.get(), game_frames, *source_);
    tally_->write(figures_);
    before_ = std::move(now);
  }
  void TearDown() override {
    before_ = {};
    tally_.reset();
    source_.reset();
    TracerTest::TearDown();
  }

  std::optional<LiveTally> tally_;
  std::shared_ptr<const TracebackSource> source_;
  engine::SnapshotHandle before_;
  GameFrameFigures figures_;
};

TEST_F(LiveTallyTest, TheFirstGameFrameHasNoCountsAndTheNextOnesHaveTheirOwn) {
  start_tracer();
  alloc(0x1000, 100);
  end_game_frame();
  EXPECT_EQ(figures_.game_frames, 0u);
  EXPECT_EQ(figures_.allocs, 0u);
  EXPECT_EQ(figures_.past_count, 0u);
  EXPECT_EQ(figures_.live_bytes, 100u);
  alloc(0x2000, 30);
  alloc(0x3000, 5);
  free(0x3000);
  free(0x1000);
  end_game_frame();
  EXPECT_EQ(figures_.game_frame, 1u);
  EXPECT_EQ(figures_.game_frames, 1u);
  EXPECT_EQ(figures_.allocs, 2u);
  EXPECT_EQ(figures_.alloc_bytes, 35u);
  EXPECT_EQ(figures_.frees, 2u);
  EXPECT_EQ(figures_.freed_bytes, 105u);
  EXPECT_EQ(figures_.live_bytes, 30u);
  EXPECT_EQ(figures_.live_blocks, 1u);
  EXPECT_EQ(figures_.peak_bytes, 135u);
  ASSERT_EQ(figures_.past_count, 1u);
  EXPECT_EQ(figures_.past_allocs[0], 2.0f);
  end_game_frame();
  EXPECT_EQ(figures_.allocs, 0u);
  EXPECT_EQ(figures_.site_count, 0u);
}

TEST_F(LiveTallyTest, DomainsAreSortedByWhatLivesAndTheOthersSummedUp) {
  start_tracer();
  std::vector<engine::DomainIndex> domains;
  for (int i = 0; i < 15; ++i) domains.push_back(engine::register_domain(("Pool" + std::to_string(i)).c_str(), 16));
  end_game_frame();
  for (uintptr_t i = 0; i < 15; ++i) alloc(0x1000 * (i + 1), 10 * (i + 1), {1}, domains[i]);
  end_game_frame();
  ASSERT_EQ(figures_.domain_count, GameFrameFigures::kMostDomains);
  EXPECT_STREQ(figures_.domains[0].name, "Pool14");
  EXPECT_EQ(figures_.domains[0].live_bytes, 150u);
  EXPECT_EQ(figures_.domains[0].allocs, 1u);
  EXPECT_EQ(figures_.other_domains, 3u);
  EXPECT_EQ(figures_.other_domains_bytes, 10u + 20 + 30);
  for (uintptr_t i = 0; i < 14; ++i) free(0x1000 * (i + 1), domains[i]);
  end_game_frame();
  ASSERT_EQ(figures_.domain_count, 1u);
  EXPECT_EQ(figures_.other_domains, 0u);
}

TEST_F(LiveTallyTest, SitesOfTheGameFrameAreSortedByAllocationsAndTheOthersSummedUp) {
  start_tracer();
  end_game_frame();
  for (uintptr_t site = 1; site <= 20; ++site) {
    for (uintptr_t i = 0; i < site; ++i) alloc(0x10000 * site + 0x100 * i, 8, {0x500 * site, 2, 3});
  }
  end_game_frame();
  ASSERT_EQ(figures_.site_count, GameFrameFigures::kMostSites);
  EXPECT_EQ(figures_.sites[0].allocs, 20u);
  EXPECT_EQ(figures_.sites[0].alloc_bytes, 160u);
  EXPECT_EQ(figures_.sites[11].allocs, 9u);
  EXPECT_EQ(figures_.other_sites, 8u);
  EXPECT_EQ(figures_.other_sites_allocs, 36u);
  end_game_frame();
  EXPECT_EQ(figures_.site_count, 0u);
  EXPECT_EQ(figures_.other_sites, 0u);
}

TEST_F(LiveTallyTest, ABudgetTellsWhatThisGameFrameUsedAndHowOftenItWasOver) {
  start_tracer();
  ASSERT_TRUE(engine::declare_budget(
      "*", {.allocs_per_game_frame = 1, .alloc_bytes_per_game_frame = UINT64_MAX, .live_bytes = UINT64_MAX}));
  end_game_frame();
  ASSERT_EQ(figures_.budget_count, 1u);
  EXPECT_FALSE(figures_.budgets[0].is_known) << "when the first game frame began nobody looked";
  alloc(0x1000, 10);
  end_game_frame();
  EXPECT_TRUE(figures_.budgets[0].is_known);
  EXPECT_EQ(figures_.budgets[0].value, 1u);
  EXPECT_FALSE(figures_.budgets[0].is_over());
  alloc(0x2000, 10);
  alloc(0x3000, 10);
  end_game_frame();
  const GameFrameFigures::Budget& budget = figures_.budgets[0];
  EXPECT_STREQ(budget.name, "*");
  EXPECT_STREQ(budget.figure, "allocs_per_game_frame");
  EXPECT_TRUE(budget.is_over());
  EXPECT_EQ(budget.value, 2u);
  EXPECT_EQ(budget.most, 1u);
  EXPECT_EQ(budget.game_frames_over, 1u);
  EXPECT_EQ(budget.worst_game_frame, 2u);
  end_game_frame();
  EXPECT_FALSE(budget.is_over());
  EXPECT_EQ(budget.worst, 2u);
}

TEST_F(LiveTallyTest, GameFramesThatWereLeftOutAreCountedTogetherAndNotJudged) {
  start_tracer();
  ASSERT_TRUE(engine::declare_budget(
      "*", {.allocs_per_game_frame = 5, .alloc_bytes_per_game_frame = UINT64_MAX, .live_bytes = UINT64_MAX}));
  end_game_frame();
  for (uintptr_t i = 1; i <= 3; ++i) {
    alloc(0x1000 * i, 10);
    alloc(0x1000 * i + 0x100, 10);
    engine::game_frame();
  }
  look(3);
  EXPECT_EQ(figures_.game_frames, 3u);
  EXPECT_EQ(figures_.allocs, 6u);
  EXPECT_EQ(figures_.past_allocs[0], 2.0f);
  EXPECT_FALSE(figures_.budgets[0].is_known);
  EXPECT_EQ(figures_.budgets[0].game_frames_over, 0u);
}

TEST_F(LiveTallyTest, ClearedTracesBeginAnew) {
  start_tracer();
  end_game_frame();
  alloc(0x1000, 10);
  end_game_frame();
  heapreel::clear_traces();
  alloc(0x2000, 7);
  end_game_frame();
  EXPECT_EQ(figures_.game_frames, 0u);
  EXPECT_EQ(figures_.live_bytes, 7u);
  ASSERT_EQ(figures_.domain_count, 1u);
  EXPECT_EQ(figures_.domains[0].live_bytes, 7u);
  alloc(0x3000, 1);
  end_game_frame();
  EXPECT_EQ(figures_.allocs, 1u);
  EXPECT_EQ(figures_.live_bytes, 8u);
}

TEST_F(LiveTallyTest, KeepsTheLast240GameFrames) {
  start_tracer();
  end_game_frame();
  for (uint32_t i = 0; i < GameFrameFigures::kPast + 7; ++i) {
    if (i % 2 == 0) alloc(0x1000 + 16 * i, 1);
    end_game_frame();
  }
  EXPECT_EQ(figures_.past_count, GameFrameFigures::kPast);
  EXPECT_EQ(figures_.past_allocs[GameFrameFigures::kPast - 1], 1.0f);
  EXPECT_EQ(figures_.past_allocs[GameFrameFigures::kPast - 2], 0.0f);
}

TEST_F(LiveTallyTest, AllocatesNothingWhereNoSiteIsNew) {
  start_tracer();
  ASSERT_TRUE(
      engine::declare_budget("*", {.allocs_per_game_frame = 1, .alloc_bytes_per_game_frame = 1, .live_bytes = 1}));
  std::vector<std::vector<uintptr_t>> stacks;
  for (uintptr_t site = 1; site <= 40; ++site) stacks.push_back({0x500 * site, 2, 3});
  const auto game_frame = [&] {
    for (uintptr_t site = 1; site <= 40; ++site) alloc(0x10000 * site, 8 * site, stacks[site - 1]);
    for (uintptr_t site = 1; site <= 40; ++site) free(0x10000 * site);
    end_game_frame();
  };
  game_frame();
  game_frame();
  if (HEAPREEL_HAS_FEATURE(thread_sanitizer)) GTEST_SKIP() << "allocations are not counted under ThreadSanitizer";
  const uint64_t before = g_allocations;
  for (int i = 0; i < 20; ++i) game_frame();
  EXPECT_EQ(g_allocations - before, 0u);
}

TEST_F(LiveTallyTest, TheThreadOfLiveFiguresComesToTheSameFigures) {
  start_tracer();
  LiveFigures live;
  EXPECT_EQ(live.newest().state, GameFrameFigures::State::kOff);
  engine::game_frame();
  live.end_game_frame();
  uint64_t allocs = 0;
  for (uintptr_t i = 1; i <= 200; ++i) {
    for (uintptr_t k = 0; k < i % 3; ++k) alloc(0x1000 * i + 0x100 * k, 10);
    allocs += i % 3;
    engine::game_frame();
    live.end_game_frame();
  }
  // What could not be handed over in its game frame comes with the next one that can be.
  while (live.newest().live_blocks != allocs) {
    engine::game_frame();
    live.end_game_frame();
    std::this_thread::yield();
  }
  EXPECT_EQ(live.newest().state, GameFrameFigures::State::kLive);
  EXPECT_EQ(live.newest().live_blocks, allocs);
  EXPECT_TRUE(live.newest().is_exact);
  heapreel::stop();
  live.end_game_frame();
  EXPECT_EQ(live.newest().state, GameFrameFigures::State::kOff);
}

}  // namespace
}  // namespace heapreel::testing
