// Budgets over game frames, against sums over whole states.
#include "snapshot/budget/budget_watch.h"

#include <pthread.h>

#include <thread>

#include "tests/snapshot/random_history.h"
#include "tests/snapshot/reel_fixture.h"

namespace heapreel::testing {
namespace {

using engine::BudgetLimits;
using engine::FrozenTraces;
using engine::SiteAggregate;

constexpr BudgetLimits kNothingAllowed = {0, 0, 0};

TEST(BudgetNameTest, AThreadCoversNoSiteAndNoOtherName) {
  EXPECT_TRUE(BudgetName("thread:audio").covers_thread("audio"));
  EXPECT_FALSE(BudgetName("thread:audio").covers_thread("audio2"));
  EXPECT_FALSE(BudgetName("audio").covers_thread("audio"));
  EXPECT_FALSE(BudgetName("thread:audio").covers("thread:audio", "audio"));
}

TEST(BudgetNameTest, ATagIncludesThoseBelowItAndNoOthers) {
  EXPECT_TRUE(BudgetName("Physics").covers("Physics", "malloc"));
  EXPECT_TRUE(BudgetName("Physics").covers("Physics/Solver", "malloc"));
  EXPECT_FALSE(BudgetName("Physics").covers("PhysicsDebug", "malloc"));
  EXPECT_FALSE(BudgetName("Physics/Solver").covers("Physics", "malloc"));
  EXPECT_FALSE(BudgetName("malloc").covers("", "malloc"));
  EXPECT_TRUE(BudgetName("domain:malloc").covers("", "malloc"));
  EXPECT_FALSE(BudgetName("domain:malloc").covers("domain", "mallocs"));
  EXPECT_TRUE(BudgetName("*").covers("", "Pool"));
}

// Passes every game frame on to a watch, or, if told so, as one that was merged.
class WatchingListener final : public engine::CutListener {
 public:
  explicit WatchingListener(BudgetWatch& watch) : watch_(watch) {}

  bool on_game_frame(const FrozenTraces& state) override {
    last_ = state;
    if (merges) {
      watch_.on_merged_game_frame(state);
      return false;
    }
    watch_.on_game_frame(has_before_ ? &before_ : nullptr, state);
    before_ = state;
    has_before_ = true;
    return true;
  }
  bool on_mark(const char*, const FrozenTraces&) override { return false; }
  void on_generation_end(const FrozenTraces& last) override {
    watch_.on_generation_end(last);
    has_before_ = false;
  }

  bool merges = false;
  FrozenTraces last_;  // of the last game frame

 private:
  BudgetWatch& watch_;
  FrozenTraces before_;
  bool has_before_ = false;
};

class BudgetWatchTest : public ReelTest {
 protected:
  void SetUp() override { start_without_thread(); }

  void watch(std::vector<NamedBudget> budgets, uint32_t first_game_frame = 0) {
    BudgetPlan plan;
    for (const NamedBudget& named : budgets) {
      Budget& budget = plan.budgets.emplace_back();
      budget.name = named.name;
      budget.limits = limits_of(named.limits);
      budget.start.number = first_game_frame;
    }
    watch_.emplace(*engine::tracer_state(), std::move(plan));
    listener_.emplace(*watch_);
  }
  bool is_broken(size_t budget) const { return watch_->judge().verdict(budget).broken; }
  uint64_t judged() const { return watch_->judge().judged(); }
  uint64_t unknown() const { return watch_->judge().unknown(); }
  void end_frame() {
    engine::game_frame();
    ASSERT_TRUE(engine::tracer_state()->consolidator->run_round(&*listener_));
  }
  static void alloc_under(const char* tag, uintptr_t p, size_t n, engine::DomainIndex domain = 0) {
    const uint32_t before = engine::set_scope(engine::register_scope(tag));
    alloc(p, n, {1, 2, 3}, domain);
    engine::set_scope(before);
  }
  void expect_breach(size_t budget, LimitKind limit, uint64_t worst, uint32_t game_frame, uint64_t game_frames) {
    const LimitVerdict verdict = watch_->judge().verdict(budget, limit);
    EXPECT_EQ(verdict.game_frames_over, game_frames);
    EXPECT_EQ(verdict.state == LimitVerdict::State::kBroken, game_frames != 0);
    if (game_frames == 0) return;
    EXPECT_EQ(verdict.value, worst);
    EXPECT_EQ(verdict.worst_game_frame, game_frame);
  }

  std::optional<BudgetWatch> watch_;
  std::optional<WatchingListener> listener_;
};

TEST_F(BudgetWatchTest, TellsTheWorstGameFrameAndHowManyAreOver) {
  watch({{"Physics", {.allocs_per_game_frame = 1}}, {"Audio", {.live_bytes = 100}}});
  alloc_under("Physics", 0x1000, 10);
  end_frame();
  for (uintptr_t i = 0; i < 3; ++i) alloc_under("Physics/Solver", 0x2000 + 0x100 * i, 10);
  alloc_under("Audio", 0x9000, 100);
  end_frame();
  alloc_under("Physics", 0x3000, 10);
  alloc_under("Physics", 0x4000, 10);
  free(0x3000);
  free(0x4000);
  end_frame();
  end_frame();
  expect_breach(0, LimitKind::kAllocs, 3, 1, 2);
  EXPECT_TRUE(is_broken(0));
  EXPECT_FALSE(is_broken(1));
  EXPECT_EQ(judged(), 4u);
  EXPECT_EQ(unknown(), 0u);
}

TEST_F(BudgetWatchTest, KnowsWhatTagsBeginWithAsNamesToo) {
  watch({{"Physcis", kNothingAllowed}});
  alloc_under("Physics/Solver/Islands", 0x1000, 10);
  end_frame();
  const std::vector<std::string> names = watch_->judge().scopes().known_names();
  for (const char* name : {"Physics", "Physics/Solver", "Physics/Solver/Islands"}) {
    EXPECT_NE(std::ranges::find(names, name), names.end()) << name;
  }
  EXPECT_FALSE(watch_->judge().scopes().is_known(0));
}

TEST_F(BudgetWatchTest, LooksAtDomainsAndTheWholeProgram) {
  const engine::DomainIndex pool = engine::register_domain("Pool", 16);
  watch({{"domain:Pool", kNothingAllowed}, {"*", kNothingAllowed}, {"Nobody", kNothingAllowed}});
  alloc_under("Physics", 0x1000, 10, pool);
  alloc_under("Physics", 0x2000, 20);
  end_frame();
  expect_breach(0, LimitKind::kAllocBytes, 10, 0, 1);
  expect_breach(1, LimitKind::kAllocBytes, 30, 0, 1);
  EXPECT_TRUE(watch_->judge().scopes().was_seen(0));
  EXPECT_FALSE(watch_->judge().scopes().was_seen(2));
}

TEST_F(BudgetWatchTest, SumsTheThreadsOfANameWhoeverFreesTheirBlocks) {
  watch({{"thread:audio", {.allocs_per_game_frame = 3, .alloc_bytes_per_game_frame = 80, .live_bytes = 50}},
         {"thread:video", kNothingAllowed}});
  for (uintptr_t i = 1; i <= 2; ++i) {
    std::thread([i] {
      engine::note_thread_name("audio");  // as the hook of pthread_setname_np does
      alloc(0x1000 * i, 20);
      alloc(0x1000 * i + 64, 20);
    }).join();
  }
  alloc(0x5000, 1'000);
  free(0x1000);
  end_frame();
  alloc(0x6000, 1'000);
  end_frame();
  expect_breach(0, LimitKind::kAllocs, 4, 0, 1);
  expect_breach(0, LimitKind::kAllocBytes, 0, 0, 0);
  expect_breach(0, LimitKind::kLiveBytes, 60, 0, 2);
  EXPECT_TRUE(watch_->judge().scopes().was_seen(0));
  EXPECT_FALSE(watch_->judge().scopes().was_seen(1));
  EXPECT_EQ(judged(), 2u);
}

TEST_F(BudgetWatchTest, GameFramesBeforeTheFirstAreNotJudgedButCountWhatLives) {
  watch({{"Physics", {.allocs_per_game_frame = 0, .live_bytes = 15}}}, 2);
  alloc_under("Physics", 0x1000, 10);
  end_frame();
  alloc_under("Physics", 0x2000, 10);
  end_frame();
  EXPECT_EQ(judged(), 0u);
  end_frame();
  expect_breach(0, LimitKind::kAllocs, 0, 0, 0);
  expect_breach(0, LimitKind::kLiveBytes, 20, 2, 1);
  EXPECT_EQ(judged(), 1u);
}

TEST_F(BudgetWatchTest, WhatWasMergedIsUnknownAndNobodysBreach) {
  watch({{"Physics", {.allocs_per_game_frame = 0, .live_bytes = 15}}});
  end_frame();
  listener_->merges = true;
  alloc_under("Physics", 0x1000, 10);
  end_frame();
  listener_->merges = false;
  alloc_under("Physics", 0x2000, 10);
  end_frame();
  expect_breach(0, LimitKind::kAllocs, 0, 0, 0);
  expect_breach(0, LimitKind::kLiveBytes, 20, 2, 1);
  EXPECT_EQ(unknown(), 2u);
  alloc_under("Physics", 0x3000, 10);
  end_frame();
  expect_breach(0, LimitKind::kAllocs, 1, 3, 1);
  EXPECT_EQ(judged(), 2u);
}

TEST_F(BudgetWatchTest, AGameFrameInWhichTracesWereClearedIsUnknown) {
  watch({{"Physics", {.allocs_per_game_frame = 1, .live_bytes = 100}}});
  alloc_under("Physics", 0x1000, 90);
  end_frame();
  alloc_under("Physics", 0x2000, 10);
  engine::clear_traces();
  alloc_under("Physics", 0x3000, 20);
  alloc_under("Physics", 0x4000, 20);
  end_frame();
  EXPECT_FALSE(is_broken(0));
  EXPECT_EQ(unknown(), 1u);
  alloc_under("Physics", 0x5000, 70);
  end_frame();
  expect_breach(0, LimitKind::kLiveBytes, 110, 2, 1);
}

constexpr std::array kLimits = {LimitKind::kAllocs, LimitKind::kAllocBytes, LimitKind::kLiveBytes};

struct ExpectedBreach {
  uint64_t game_frames = 0;
  uint32_t worst_game_frame = 0;
  uint64_t worst = 0;
};

TEST_F(BudgetWatchTest, AgreesWithSumsOverEveryWholeState) {
  const char* const tags[] = {"", "Physics", "Physics/Solver", "Physics/Solver/Island", "Audio"};
  const std::vector<NamedBudget> budgets = {{"*", {15, 45'000, 400'000}},
                                            {"Physics", {9, 25'000, 200'000}},
                                            {"Physics/Solver", {6, 15'000, 100'000}},
                                            {"Audio", {0, 0, 0}}};
  watch(budgets);
  RandomHistory history(0, 17);
  std::vector<std::array<ExpectedBreach, 3>> expected(budgets.size());
  std::vector<std::array<uint64_t, 3>> before(budgets.size());
  for (uint32_t frame = 0; frame < 100; ++frame) {
    for (const char* tag : tags) {
      engine::set_scope(engine::register_scope(tag));
      history.step(static_cast<int>(frame * 7 % 13));
    }
    end_frame();
    const FrozenTraces& state = listener_->last_;
    for (size_t budget = 0; budget < budgets.size(); ++budget) {
      std::array<uint64_t, 3> now = {};
      state.for_each_site([&](engine::SiteId id, const SiteAggregate& site) {
        const char* tag = engine::tracer_state()->scopes->at(state.sites->at(id).scope)->text;
        if (!BudgetName(budgets[budget].name).covers(tag, "malloc")) return;
        now[0] += site.allocs;
        now[1] += site.alloc_bytes;
        now[2] += site.live_bytes;
      });
      const uint64_t values[] = {now[0] - before[budget][0], now[1] - before[budget][1], now[2]};
      before[budget] = now;
      for (size_t limit = 0; limit < kLimits.size(); ++limit) {
        const uint64_t value = values[limit];
        if (value <= limits_of(budgets[budget].limits)[limit].most) continue;
        ExpectedBreach& breach = expected[budget][limit];
        ++breach.game_frames;
        if (value > breach.worst) breach = {breach.game_frames, frame, value};
      }
    }
  }
  uint64_t breaches = 0;
  for (size_t budget = 0; budget < budgets.size(); ++budget) {
    for (size_t limit = 0; limit < kLimits.size(); ++limit) {
      const ExpectedBreach& breach = expected[budget][limit];
      expect_breach(budget, kLimits[limit], breach.worst, breach.worst_game_frame, breach.game_frames);
      breaches += breach.game_frames;
    }
  }
  EXPECT_GT(breaches, 100u);
  EXPECT_LT(breaches, 12 * 100u) << "no limit was kept";
}

}  // namespace
}  // namespace heapreel::testing
