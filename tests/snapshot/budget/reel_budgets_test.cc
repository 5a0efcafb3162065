// Budgets of a tracer on their way into its reel.
#include "tests/snapshot/reel_fixture.h"

namespace heapreel::testing {
namespace {

using engine::BudgetLimits;
using engine::declare_budget;

class ReelBudgetsTest : public ReelTest {
 protected:
  using Budgets = std::map<RecordedBudgets::Key, BudgetLimits>;

  void SetUp() override {
    start_without_thread();
    record();
  }
  // The recorder writes when it gets there; without it a game frame is written before the next declaration.
  void write_game_frame() {
    spy_.recorder = nullptr;
    engine::game_frame();
    ASSERT_EQ(writer_->write_game_frame(nullptr, *snapshot_now().get()), "");
  }
  static RecordedBudgets::Key declared(const char* name) { return {name, BudgetOrigin::kProgram}; }

  // How many sections of budgets the reel has.
  size_t sections() const {
    const ReelInput input(path());
    size_t found = 0;
    for (uint64_t at = reel_format::kPreambleBytes;;) {
      const SectionHeader header = input.section_header(at);
      if (header.kind == reel_format::SectionKind::kIndex) return found;
      found += header.kind == reel_format::SectionKind::kBudgets ? 1 : 0;
      at += reel_format::kSectionHeaderBytes + header.stored_bytes;
    }
  }
};

TEST_F(ReelBudgetsTest, AReelHasTheBudgetsAsTheyWereDeclaredLast) {
  declare_budget("Physics", {.allocs_per_game_frame = 10, .live_bytes = 5});
  end_game_frame();
  declare_budget("Textures", {.live_bytes = 20});
  declare_budget("Physics", {.allocs_per_game_frame = 0});
  declare_budget("domain:Arena", {.live_bytes = 3, .frees_per_game_frame = 4, .peak_bytes = 5});
  declare_budget("domain:Pool", {.peak_bytes = 0});
  end_game_frame();
  declare_budget("domain:Pool", {.live_bytes = 1});
  end_game_frame();
  ASSERT_EQ(finish(), "");
  EXPECT_EQ(Reel::open(path()).budgets().all(),
            (Budgets{{declared("Physics"), {.allocs_per_game_frame = 0}},
                     {declared("Textures"), {.live_bytes = 20}},
                     {declared("domain:Arena"), {.live_bytes = 3, .frees_per_game_frame = 4, .peak_bytes = 5}},
                     {declared("domain:Pool"), {.live_bytes = 1}}}));
}

TEST_F(ReelBudgetsTest, BudgetsAreWrittenWhenTheyChangeAndOnlyThen) {
  declare_budget("Physics", {.live_bytes = 5});
  for (int i = 0; i < 5; ++i) write_game_frame();
  declare_budget("Physics", {.live_bytes = 5});
  write_game_frame();
  declare_budget("Physics", {.live_bytes = 6});
  write_game_frame();
  ASSERT_EQ(finish(), "");
  EXPECT_EQ(sections(), 2u);
  EXPECT_EQ(Reel::open(path()).budgets().all(), (Budgets{{declared("Physics"), {.live_bytes = 6}}}));
}

TEST_F(ReelBudgetsTest, WhatIsDeclaredAfterTracingStoppedIsThere) {
  write_game_frame();
  engine::stop();
  declare_budget("Late", {.live_bytes = 7});
  ASSERT_EQ(writer_->finish({.ending = ReelEnding::kExited}), "");
  const Reel reel = Reel::open(path());
  EXPECT_TRUE(reel.info().complete);
  EXPECT_FALSE(reel.info().recovered);
  EXPECT_EQ(reel.budgets().all(), (Budgets{{declared("Late"), {.live_bytes = 7}}}));
}

TEST_F(ReelBudgetsTest, RefusedDeclarationsAreCounted) {
  for (uint32_t i = 0; i < engine::BudgetTable::kMost; ++i)
    declare_budget(std::to_string(i).c_str(), {.live_bytes = i});
  end_game_frame();
  EXPECT_FALSE(declare_budget("One too many", {.live_bytes = 1}));
  ASSERT_EQ(finish(), "");
  const Reel reel = Reel::open(path());
  EXPECT_EQ(reel.budgets().all().size(), engine::BudgetTable::kMost);
  EXPECT_EQ(reel.budgets().refused(), 1u);
}

TEST_F(ReelBudgetsTest, AReelWithoutBudgetsHasNoSectionOfThem) {
  end_game_frame();
  ASSERT_EQ(finish(), "");
  EXPECT_EQ(sections(), 0u);
}

}  // namespace
}  // namespace heapreel::testing
