// A reel is judged as the run was that wrote it.
#include "snapshot/budget/reel_judge.h"

#include "snapshot/budget/budget_watch.h"
#include "tests/snapshot/random_history.h"
#include "tests/snapshot/reel_fixture.h"

namespace heapreel::testing {
namespace {

using engine::FrozenTraces;

// Writes every game frame, or only its sums, and has it judged at once.
class WritingListener final : public engine::CutListener {
 public:
  WritingListener(ReelWriter& writer, BudgetWatch& watch) : writer_(writer), watch_(watch) {}

  bool on_game_frame(const FrozenTraces& state) override {
    if (merges) {
      EXPECT_EQ(writer_.write_merged_game_frame(state), "");
      watch_.on_merged_game_frame(state);
      return false;
    }
    const FrozenTraces* const before = before_ ? &*before_ : nullptr;
    EXPECT_EQ(writer_.write_game_frame(before, state), "");
    watch_.on_game_frame(before, state);
    before_ = state;
    return true;
  }
  bool on_mark(const char* name, const FrozenTraces& sums) override {
    EXPECT_EQ(writer_.write_mark(name, nullptr, sums), "");
    watch_.on_mark(name, sums);
    return false;
  }
  bool wants_mark_state() override { return false; }
  void on_generation_end(const FrozenTraces& last) override {
    EXPECT_EQ(writer_.write_generation_end(last), "");
    watch_.on_generation_end(last);
    before_.reset();
  }

  bool merges = false;

 private:
  ReelWriter& writer_;
  BudgetWatch& watch_;
  std::optional<FrozenTraces> before_;
};

Budget budget(const char* name) {
  Budget budget;
  budget.name = name;
  for (const LimitInfo& info : limit_table()) budget.limits.push_back({info.kind, 1});
  budget.from_mark = "loaded";
  budget.to_mark = "unloaded";
  return budget;
}

BudgetPlan plan() {
  BudgetPlan plan;
  for (const char* name : {"*", "Physics", "Physics/Solver", "domain:malloc", "thread:audio", "Nobody"}) {
    plan.budgets.push_back(budget(name));
  }
  plan.budgets[1].start.number = 7;
  plan.budgets[2].start = {.mark = "loaded", .number = 3};
  return plan;
}

void expect_equal(const BudgetJudge& live, const BudgetJudge& reel) {
  EXPECT_EQ(live.judged(), reel.judged());
  EXPECT_EQ(live.unknown(), reel.unknown());
  EXPECT_EQ(live.marks(), reel.marks());
  ASSERT_EQ(live.budgets().size(), reel.budgets().size());
  for (size_t budget = 0; budget < live.budgets().size(); ++budget) {
    ASSERT_EQ(live.budgets()[budget].name, reel.budgets()[budget].name);
    EXPECT_EQ(live.verdict(budget).seen, reel.verdict(budget).seen) << live.budgets()[budget].name;
    EXPECT_EQ(live.verdict(budget).judged, reel.verdict(budget).judged) << live.budgets()[budget].name;
    for (const BudgetLimit& limit : live.budgets()[budget].limits) {
      SCOPED_TRACE(live.budgets()[budget].name + " " + std::string(limit_info(limit.kind).name));
      const LimitVerdict a = live.verdict(budget, limit.kind);
      const LimitVerdict b = reel.verdict(budget, limit.kind);
      EXPECT_EQ(a.state, b.state);
      EXPECT_EQ(a.value, b.value);
      EXPECT_EQ(a.judged, b.judged);
      EXPECT_EQ(a.game_frames_over, b.game_frames_over);
      EXPECT_EQ(a.first_game_frame, b.first_game_frame);
      EXPECT_EQ(a.worst_game_frame, b.worst_game_frame);
      EXPECT_EQ(a.from_game_frame, b.from_game_frame);
    }
  }
}

class ReelJudgeTest : public ReelTest {
 protected:
  void SetUp() override {
    start_without_thread();
    // Key stills come often, so that some lie inside.
    writer_ = std::make_unique<ReelWriter>(*engine::tracer_state(), ReelWriterOptions{.least_key_distance = 64});
    ASSERT_EQ(writer_->open(path(), ReelHeader{}), "");
    watch_.emplace(*engine::tracer_state(), plan());
    listener_.emplace(*writer_, *watch_);
  }
  void run_round() { ASSERT_TRUE(engine::tracer_state()->consolidator->run_round(&*listener_)); }
  void end_frame() {
    engine::game_frame();
    run_round();
  }
  void step(RandomHistory& history, uint32_t frame) {
    for (const char* tag : {"", "Physics", "Physics/Solver", "Audio"}) {
      engine::set_scope(engine::register_scope(tag));
      history.step(static_cast<int>(frame * 7 % 13));
    }
    engine::set_scope(0);
  }
  void finish_and_compare() {
    const engine::SnapshotHandle last = snapshot_now();
    watch_->on_end(*last.get());
    ASSERT_EQ(writer_->write_end_state(nullptr, *last.get()), "");
    ASSERT_EQ(writer_->finish({.ending = ReelEnding::kExited}), "");
    const Reel reel = Reel::open(path());
    ReelJudge judge(reel, plan());
    judge.run();
    expect_equal(watch_->judge(), judge.judge());
  }

  std::optional<BudgetWatch> watch_;
  std::optional<WritingListener> listener_;
};

TEST_F(ReelJudgeTest, AgreesWithTheRunOverARandomHistory) {
  RandomHistory history(0, 23);
  RandomHistory of_audio(1, 24);
  for (uint32_t frame = 0; frame < 420; ++frame) {
    if (frame % 60 == 5) engine::mark("loaded");
    step(history, frame);
    if (frame % 50 == 0) {
      std::thread([&] {
        engine::note_thread_name("audio");
        of_audio.step(40);
      }).join();
    }
    if (frame % 60 == 40) engine::mark("unloaded");
    if (frame == 100) engine::declare_budget("Audio", {.allocs_per_game_frame = 3, .live_bytes = 1'000});
    if (frame == 200) engine::declare_budget("Audio", {.allocs_per_game_frame = 5});
    if (frame == 210) engine::declare_budget("thread:audio", {.live_bytes = 10});
    end_frame();
  }
  engine::mark("loaded");
  step(history, 4);
  engine::mark("unloaded");
  run_round();
  finish_and_compare();
  EXPECT_EQ(watch_->judge().judged(), 420u);
  EXPECT_EQ(watch_->judge().verdict(0, LimitKind::kLiveBytesGrowth).judged, 3u);
  EXPECT_EQ(watch_->judge().verdict(0, LimitKind::kBlocksLeft).judged, 8u);
  EXPECT_EQ(watch_->judge().verdict(6).judged, 320u);
}

TEST_F(ReelJudgeTest, AgreesWhereGameFramesWereMergedAndTracesCleared) {
  RandomHistory history(0, 29);
  for (uint32_t frame = 0; frame < 60; ++frame) {
    step(history, frame);
    if (frame == 30) {
      engine::clear_traces();
      history = RandomHistory(2, 31);
    }
    listener_->merges = frame % 9 == 4;
    end_frame();
  }
  run_round();
  finish_and_compare();
  EXPECT_GT(watch_->judge().unknown(), 10u);
}

TEST_F(ReelJudgeTest, AReelWithoutGameFramesJudgesNothing) {
  run_round();
  finish_and_compare();
  EXPECT_EQ(watch_->judge().judged(), 0u);
}

}  // namespace
}  // namespace heapreel::testing
