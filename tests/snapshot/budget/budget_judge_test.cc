// The judge of budgets, told what happened by hand.
#include "snapshot/budget/budget_judge.h"

#include <gtest/gtest.h>

namespace heapreel::testing {
namespace {

using State = LimitVerdict::State;

// Site 0: the tag Physics, in `solve`. Site 1: the tag Audio, of an unknown stack. Site 2: Physics/Debug, in `debug`,
// which `solve` calls.
class FixedNames final : public BudgetNames {
 public:
  std::string tag_of(uint32_t site) const override { return kTags[site]; }
  std::string domain_of(uint32_t) const override { return "malloc"; }
  std::string domain(uint32_t domain) const override { return domain == 1 ? "Arena" : "Other"; }
  std::string thread(uint32_t thread) const override { return thread == 0 ? "main" : "audio"; }
  const Traceback* stack_of(uint32_t site) const override { return site == 1 ? nullptr : &stacks_[site / 2]; }
  std::vector<std::string> all() const override {
    return {"Physics", "Audio", "Physics/Debug", "domain:malloc", "thread:main", "thread:audio"};
  }

 private:
  static constexpr const char* kTags[] = {"Physics", "Audio", "Physics/Debug"};
  static Frame frame(const char* function) {
    return Frame(FrameDetails{.filename = "ai.cc", .lineno = 1, .function = function, .module = "game"});
  }
  const Traceback stacks_[2] = {Traceback({frame("main"), frame("solve(int)")}),
                                Traceback({frame("main"), frame("solve(int)"), frame("debug()")})};
};

class BudgetJudgeTest : public ::testing::Test {
 protected:
  static Budget budget(const char* name, std::vector<BudgetLimit> limits) {
    Budget budget;
    budget.name = name;
    budget.limits = std::move(limits);
    return budget;
  }
  void judge(std::vector<Budget> budgets, std::vector<SiteIgnore> ignores = {}) {
    judge_.emplace(std::move(budgets), std::move(ignores), names_);
  }
  // Allocates that many blocks of 10 bytes, and keeps or frees them.
  void alloc(uint32_t site, uint64_t blocks, bool keeps = false) {
    const BudgetSums before = sums_[site];
    BudgetSums& after = sums_[site];
    after.allocs += blocks;
    after.alloc_bytes += 10 * blocks;
    if (keeps) {
      after.live_blocks += blocks;
      after.live_bytes += 10 * blocks;
    } else {
      after.frees += blocks;
    }
    judge_->change_site(site, before, after);
  }
  void end() {
    judge_->end_game_frame(game_frame_++, [this](const auto& visit) {
      for (const BudgetJudge::LiveBlock& block : blocks_) visit(block);
    });
  }
  LimitVerdict verdict(LimitKind kind, size_t budget = 0) const { return judge_->verdict(budget, kind); }

  FixedNames names_;
  std::optional<BudgetJudge> judge_;
  BudgetSums sums_[3];
  std::vector<BudgetJudge::LiveBlock> blocks_;
  uint32_t game_frame_ = 0;
};

TEST_F(BudgetJudgeTest, NinetyNineOfAHundredGameFramesAreTheFirstThatCount) {
  judge({budget("*", {{LimitKind::kAllocsP99, 1}, {LimitKind::kAllocs, 500}})});
  for (int i = 0; i < 198; ++i) {
    alloc(0, 1);
    end();
  }
  for (const uint64_t blocks : {400, 2}) {
    alloc(0, blocks);
    end();
  }
  EXPECT_EQ(verdict(LimitKind::kAllocsP99).state, State::kKept);
  EXPECT_EQ(verdict(LimitKind::kAllocsP99).value, 1u);
  alloc(0, 2);
  end();
  EXPECT_EQ(verdict(LimitKind::kAllocsP99).state, State::kBroken);
  EXPECT_EQ(verdict(LimitKind::kAllocsP99).value, 2u);
  EXPECT_EQ(verdict(LimitKind::kAllocsP99).worst_game_frame, 198u);
}

TEST_F(BudgetJudgeTest, AnAverageIsOverItsLimitByAnyFractionOfIt) {
  judge({budget("*", {{LimitKind::kAllocsAverage, 2}, {LimitKind::kFreesAverage, 3}})});
  for (const uint64_t blocks : {2, 3, 1}) {
    alloc(0, blocks);
    end();
  }
  EXPECT_EQ(verdict(LimitKind::kAllocsAverage).state, State::kKept);
  alloc(0, 3);
  end();
  EXPECT_EQ(verdict(LimitKind::kAllocsAverage).state, State::kBroken);
  EXPECT_EQ(verdict(LimitKind::kAllocsAverage).value, 3u);
  EXPECT_EQ(verdict(LimitKind::kFreesAverage).state, State::kKept);
}

TEST_F(BudgetJudgeTest, WhatIsLeftIsNotJudgedWhereTheRecordingEndsBeforeItIsDue) {
  for (const uint32_t settle : {0u, 2u, 200u}) {
    Budget left = budget("Physics", {{LimitKind::kBlocksLeft, 9}});
    left.from_mark = "loaded";
    left.to_mark = "unloaded";
    left.settle_game_frames = settle;
    judge({left});
    game_frame_ = 0;
    for (int i = 0; i < 2; ++i) {
      judge_->pass_mark("loaded", game_frame_);
      alloc(0, 1);
      end();
      judge_->pass_mark("unloaded", game_frame_);
      for (int j = 0; j < 2; ++j) end();
    }
    judge_->end_recording([](const auto&) {});
    EXPECT_EQ(verdict(LimitKind::kBlocksLeft).judged, 2u);
    EXPECT_EQ(verdict(LimitKind::kBlocksLeft).state, settle == 200 ? State::kNotJudged : State::kKept) << settle;
  }
}

TEST_F(BudgetJudgeTest, ABreachIsToldInItsGameFrameAlone) {
  judge({budget("Physics", {{LimitKind::kAllocs, 2}, {LimitKind::kAllocsP99, 0}, {LimitKind::kAllocsAverage, 0}}),
         budget("*", {{LimitKind::kNewSites, 1}, {LimitKind::kLiveBlocks, 3}})});
  alloc(0, 3);
  end();
  ASSERT_EQ(judge_->breaches().size(), 1u);
  EXPECT_EQ(judge_->breaches()[0].budget, 0u);
  EXPECT_EQ(judge_->breaches()[0].limit.kind, LimitKind::kAllocs);
  EXPECT_EQ(judge_->breaches()[0].value, 3u);
  EXPECT_EQ(judge_->breaches()[0].game_frame, 0u);
  alloc(0, 2);
  end();
  EXPECT_TRUE(judge_->breaches().empty());
  // The second call site is one too many; four blocks live, where three may.
  alloc(1, 4, true);
  end();
  ASSERT_EQ(judge_->breaches().size(), 2u);
  EXPECT_EQ(judge_->breaches()[0].value, 2u);
  EXPECT_EQ(judge_->breaches()[1].value, 4u);
  end();
  ASSERT_EQ(judge_->breaches().size(), 1u);
  EXPECT_EQ(judge_->breaches()[0].limit.kind, LimitKind::kLiveBlocks);
  alloc(0, 9);
  judge_->miss_game_frame(game_frame_++);
  EXPECT_TRUE(judge_->breaches().empty());
}

TEST_F(BudgetJudgeTest, WhatGrowsIsToldFromWhatComesAndGoes) {
  judge({budget("Physics", {{LimitKind::kLiveBytesGrowth, 999}, {LimitKind::kLiveBlocksGrowth, 100}}),
         budget("Audio", {{LimitKind::kLiveBytesGrowth, 0}})});
  for (int i = 0; i < 200; ++i) {
    alloc(0, 1, true);
    // Audio holds more and more, and lets go of all once in ten game frames.
    if (i % 10 != 9) {
      alloc(1, 5, true);
    } else {
      const BudgetSums before = sums_[1];
      sums_[1].frees = sums_[1].allocs;
      sums_[1].live_blocks = sums_[1].live_bytes = 0;
      judge_->change_site(1, before, sums_[1]);
    }
    end();
    ASSERT_EQ(verdict(LimitKind::kLiveBytesGrowth).judged, i < 199 ? 0u : 1u);
  }
  EXPECT_EQ(verdict(LimitKind::kLiveBytesGrowth).state, State::kBroken);
  EXPECT_EQ(verdict(LimitKind::kLiveBytesGrowth).value, 1'000u);
  EXPECT_EQ(verdict(LimitKind::kLiveBlocksGrowth).state, State::kKept);
  EXPECT_EQ(verdict(LimitKind::kLiveBytesGrowth, 1).state, State::kKept);
}

TEST_F(BudgetJudgeTest, ASiteIsNewWhenItFirstAllocatesAfterTheWarmUp) {
  Budget warm = budget("*", {{LimitKind::kNewSites, 0}});
  warm.start.number = 1;
  judge({warm});
  alloc(0, 1);
  end();
  alloc(0, 5);
  end();
  EXPECT_EQ(verdict(LimitKind::kNewSites).state, State::kKept);
  alloc(2, 1);
  end();
  EXPECT_EQ(verdict(LimitKind::kNewSites).state, State::kBroken);
  EXPECT_EQ(verdict(LimitKind::kNewSites).value, 1u);
  EXPECT_EQ(verdict(LimitKind::kNewSites).first_game_frame, 2u);
}

TEST_F(BudgetJudgeTest, WarmUpMayEndAtAMark) {
  Budget warm = budget("*", {{LimitKind::kAllocs, 0}});
  warm.start = {.mark = "level-loaded", .number = 1};
  judge({warm});
  for (int i = 0; i < 4; ++i) {
    if (i == 1) judge_->pass_mark("level-loaded", 1);
    alloc(0, 1);
    end();
  }
  EXPECT_EQ(verdict(LimitKind::kAllocs).first_game_frame, 2u);
  EXPECT_EQ(verdict(LimitKind::kAllocs).game_frames_over, 2u);
  EXPECT_EQ(judge_->judged(), 2u);
}

TEST_F(BudgetJudgeTest, CountsWhatIsLeftOfWhatWasBornBetweenTwoMarks) {
  Budget left = budget("Physics", {{LimitKind::kBlocksLeft, 1}, {LimitKind::kBytesLeft, 100}});
  left.from_mark = "loaded";
  left.to_mark = "unloaded";
  left.settle_game_frames = 1;
  judge({left});
  judge_->pass_mark("unloaded", 0);  // of nothing
  blocks_ = {{0, 0, 10, 0}, {0, 0, 60, 1}, {2, 0, 50, 2}, {1, 0, 500, 2}, {0, 0, 1'000, 3}};
  end();
  judge_->pass_mark("loaded", 1);
  end();
  judge_->pass_mark("unloaded", 2);
  end();
  EXPECT_EQ(verdict(LimitKind::kBlocksLeft).judged, 0u);
  end();
  EXPECT_EQ(verdict(LimitKind::kBlocksLeft).state, State::kBroken);
  EXPECT_EQ(verdict(LimitKind::kBlocksLeft).value, 2u);
  EXPECT_EQ(verdict(LimitKind::kBytesLeft).value, 110u);
  EXPECT_EQ(verdict(LimitKind::kBytesLeft).worst_game_frame, 2u);
  EXPECT_EQ(verdict(LimitKind::kBytesLeft).from_game_frame, 1u);
}

TEST_F(BudgetJudgeTest, WhatIsLeftAtTheVeryEndIsCountedThere) {
  Budget left = budget("*", {{LimitKind::kBlocksLeft, 0}});
  left.from_mark = left.to_mark = "level";
  judge({left});
  blocks_ = {{0, 0, 10, 1}};
  judge_->pass_mark("level", 0);
  end();
  EXPECT_EQ(verdict(LimitKind::kBlocksLeft).state, State::kNotJudged);
  judge_->pass_mark("level", 1);
  EXPECT_EQ(verdict(LimitKind::kBlocksLeft).state, State::kNotJudged);
  judge_->end_recording([this](const auto& visit) { visit(blocks_[0]); });
  EXPECT_EQ(verdict(LimitKind::kBlocksLeft).state, State::kBroken);
}

TEST_F(BudgetJudgeTest, FunctionsIncludeWhatTheyCall) {
  judge({budget("function:solve", {{LimitKind::kAllocs, 0}}), budget("function:debug", {{LimitKind::kAllocs, 0}}),
         budget("file:nowhere.cc", {{LimitKind::kAllocs, 0}})});
  alloc(0, 1);
  alloc(2, 2);
  end();
  EXPECT_EQ(verdict(LimitKind::kAllocs, 0).value, 3u);
  EXPECT_EQ(verdict(LimitKind::kAllocs, 1).value, 2u);
  EXPECT_FALSE(judge_->verdict(2).seen);
}

TEST_F(BudgetJudgeTest, WhatHasNoStackKeepsAFunctionFromPassing) {
  judge({budget("function:solve", {{LimitKind::kAllocs, 5}}), budget("Audio", {{LimitKind::kAllocs, 5}})});
  alloc(0, 1);
  alloc(1, 1);
  end();
  EXPECT_EQ(verdict(LimitKind::kAllocs, 0).state, State::kNotJudged);
  EXPECT_EQ(verdict(LimitKind::kAllocs, 1).state, State::kKept);
}

TEST_F(BudgetJudgeTest, IgnoredCodeCountsForNoBudgetOrForAllButOne) {
  judge({budget("Physics", {{LimitKind::kAllocs, 0}}), budget("*", {{LimitKind::kAllocs, 0}})},
        {{.code = {.function = "debug"}, .budget = "Physics", .reason = "a debug view"},
         {.code = {.function = "nobody"}, .reason = "gone"}});
  alloc(2, 3);
  end();
  EXPECT_EQ(verdict(LimitKind::kAllocs, 0).state, State::kKept);
  EXPECT_EQ(verdict(LimitKind::kAllocs, 1).value, 3u);
  EXPECT_TRUE(judge_->verdict(0).seen);
  EXPECT_EQ(judge_->scopes().ignored_sites(0), 1u);
  EXPECT_EQ(judge_->scopes().ignored_sites(1), 0u);
}

TEST_F(BudgetJudgeTest, APeakIsOverItsLimitInItsGameFrameThoughLittleLivesAtTheEnd) {
  judge(
      {budget("domain:Arena", {{LimitKind::kPeakBytes, 100}}), budget("domain:Other", {{LimitKind::kPeakBytes, 100}})});
  for (const uint64_t bytes : {100, 101, 300, 0}) {
    judge_->see_peak(1, {bytes, bytes});
    judge_->see_peak(2, {10, 10});
    end();
    EXPECT_EQ(judge_->breaches().size(), bytes > 100 ? 1u : 0u) << bytes;
  }
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).state, State::kBroken);
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).value, 300u);
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).worst_game_frame, 2u);
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).game_frames_over, 2u);
  EXPECT_EQ(verdict(LimitKind::kPeakBytes, 1).state, State::kKept);
  EXPECT_EQ(verdict(LimitKind::kPeakBytes, 1).value, 10u);
  EXPECT_EQ(judge_->judged(), 4u);
}

TEST_F(BudgetJudgeTest, APeakThatMayHaveBeenOverItsLimitIsNeitherKeptNorBroken) {
  judge({budget("domain:Arena", {{LimitKind::kPeakBytes, 100}})});
  judge_->see_peak(1, {60, 100});
  end();
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).state, State::kKept);
  judge_->see_peak(1, {60, 101});
  end();
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).state, State::kNotJudged);
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).undecided, 1u);
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).bound, 101u);
  judge_->see_peak(1, {101, 500});
  end();
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).state, State::kBroken);
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).value, 101u);
}

TEST_F(BudgetJudgeTest, OfAMergedGameFrameThePeakIsKnownAndNothingElse) {
  judge({budget("domain:Arena", {{LimitKind::kPeakBytes, 100}}),
         budget("domain:Arena", {{LimitKind::kPeakBytes, 100}, {LimitKind::kAllocs, 9}})});
  judge_->see_peak(1, {200, 200});
  judge_->miss_game_frame(game_frame_++);
  EXPECT_TRUE(judge_->breaches().empty()) << "nobody can say where";
  judge_->see_peak(1, {10, 10});
  end();
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).value, 200u);
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).game_frames_over, 1u);
  EXPECT_EQ(judge_->verdict(0).judged, 2u);
  EXPECT_EQ(judge_->verdict(1).unknown, 2u);
  EXPECT_EQ(verdict(LimitKind::kAllocs, 1).state, State::kNotJudged);
}

TEST_F(BudgetJudgeTest, AGameFrameOfWhichNoPeakIsKnownKeepsItFromPassing) {
  judge({budget("domain:Arena", {{LimitKind::kPeakBytes, 100}, {LimitKind::kAllocs, 9}})});
  judge_->lose_peaks();
  end();
  judge_->see_peak(1, {10, 10});
  end();
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).state, State::kNotJudged);
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).judged, 1u);
  EXPECT_EQ(verdict(LimitKind::kAllocs).state, State::kKept);
  EXPECT_EQ(judge_->unknown(), 1u);
}

TEST_F(BudgetJudgeTest, OnlyDomainsOfTheProgramsOwnHavePeaks) {
  judge({budget("Physics", {{LimitKind::kPeakBytes, 0}}), budget("domain:malloc", {{LimitKind::kPeakBytes, 0}}),
         budget("*", {{LimitKind::kPeakBytes, 0}})});
  judge_->see_peak(1, {10, 10});
  end();
  for (size_t budget = 0; budget < 3; ++budget) {
    EXPECT_EQ(verdict(LimitKind::kPeakBytes, budget).state, State::kNotJudged) << budget;
  }
}

TEST_F(BudgetJudgeTest, GameFramesThatTurnOutToBeOneHaveTheHighestOfTheirPeaks) {
  judge({budget("domain:Arena", {{LimitKind::kPeakBytes, 250}})});
  for (const uint64_t bytes : {100, 300, 200}) {
    judge_->see_peak(1, {bytes, bytes + 1});
    end();
  }
  judge_->see_peak(1, {10, 10});
  judge_->restart();
  game_frame_ = 0;
  end();
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).value, 300u);
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).bound, 301u);
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).game_frames_over, 1u);
  judge_->see_peak(1, {20, 20});
  end();
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).game_frames_over, 1u);
  EXPECT_EQ(verdict(LimitKind::kPeakBytes).judged, 2u);
}

TEST_F(BudgetJudgeTest, AMissedGameFrameKeepsABudgetFromPassing) {
  judge({budget("*", {{LimitKind::kAllocs, 9}, {LimitKind::kLiveBytes, 9}})});
  alloc(0, 1);
  end();
  judge_->miss_game_frame(game_frame_++);
  end();
  EXPECT_EQ(verdict(LimitKind::kAllocs).state, State::kNotJudged);
  EXPECT_EQ(verdict(LimitKind::kLiveBytes).state, State::kNotJudged);
  EXPECT_EQ(judge_->unknown(), 2u);
}

}  // namespace
}  // namespace heapreel::testing
