// Budgets on their way from the macro and the C call to the engine.
#define HEAPREEL_ENABLE
#include "heapreel/engine.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "tests/hooks/fake_log.h"

namespace heapreel::testing {
namespace {

using engine::BudgetLimits;
using namespace heapreel::literals;

HEAPREEL_BUDGET("At namespace scope", .live_bytes = 512_MiB);
const int kDeclaredBeforeMain = fake_log.budgets;
const std::string kNameBeforeMain = fake_log.budget_name;
const BudgetLimits kLimitsBeforeMain = fake_log.budget_limits;

TEST(EngineBudget, IsDeclaredBeforeMainAtNamespaceScope) {
  EXPECT_EQ(kDeclaredBeforeMain, 1);
  EXPECT_EQ(kNameBeforeMain, "At namespace scope");
  EXPECT_EQ(kLimitsBeforeMain, (BudgetLimits{.live_bytes = uint64_t{512} << 20}));
}

TEST(EngineBudget, HasTheMostThatMayLiveAtOnceInADomain) {
  HEAPREEL_BUDGET("domain:Arena", .live_bytes = 0, .peak_bytes = 64_KiB);
  EXPECT_STREQ(fake_log.budget_name, "domain:Arena");
  EXPECT_EQ(fake_log.budget_limits, (BudgetLimits{.live_bytes = 0, .peak_bytes = 65'536}));
}

void declares(uint64_t bytes) {
  HEAPREEL_BUDGET("In a function", .allocs_per_game_frame = 0, .alloc_bytes_per_game_frame = bytes);
}

TEST(EngineBudget, IsDeclaredOnceInAFunctionWithWhatItsLimitsAreThere) {
  const int before = fake_log.budgets;
  declares(5);
  declares(6);
  EXPECT_EQ(fake_log.budgets, before + 1);
  EXPECT_STREQ(fake_log.budget_name, "In a function");
  EXPECT_EQ(fake_log.budget_limits, (BudgetLimits{.allocs_per_game_frame = 0, .alloc_bytes_per_game_frame = 5}));
}

heapreel_budget named(const char* name) {
  heapreel_budget budget = HEAPREEL_BUDGET_INITIALIZER;
  budget.name = name;
  return budget;
}

TEST(CApiBudget, HasNoLimitButThoseThatAreSet) {
  heapreel_budget budget = named("domain:Pool");
  EXPECT_EQ(heapreel_declare_budget(&budget), HEAPREEL_OK);
  EXPECT_EQ(fake_log.budget_limits, BudgetLimits{});
  budget.alloc_bytes_per_game_frame = 7;
  EXPECT_EQ(heapreel_declare_budget(&budget), HEAPREEL_OK);
  EXPECT_STREQ(fake_log.budget_name, "domain:Pool");
  EXPECT_EQ(fake_log.budget_limits, (BudgetLimits{.alloc_bytes_per_game_frame = 7}));
}

TEST(CApiBudget, TakesWhatTheCallersVersionOfTheStructHas) {
  heapreel_budget budget = named("Physics");
  budget.size = offsetof(heapreel_budget, alloc_bytes_per_game_frame);
  budget.allocs_per_game_frame = 3;
  budget.alloc_bytes_per_game_frame = 4;  // beyond the size: not there
  EXPECT_EQ(heapreel_declare_budget(&budget), HEAPREEL_OK);
  EXPECT_EQ(fake_log.budget_limits, (BudgetLimits{.allocs_per_game_frame = 3}));
}

TEST(CApiBudget, TakesAStructOfALaterVersion) {
  struct {
    heapreel_budget budget = named("Physics");
    uint64_t new_limit = 9;
  } later;
  later.budget.size = sizeof later;
  later.budget.live_bytes = 8;
  EXPECT_EQ(heapreel_declare_budget(&later.budget), HEAPREEL_OK);
  EXPECT_EQ(fake_log.budget_limits, (BudgetLimits{.live_bytes = 8}));
}

TEST(CApiBudget, HasEveryLimitThatAFileMayHave) {
  heapreel_budget budget = named("Level");
  budget.frees_per_game_frame_p99 = 1;
  budget.live_bytes_growth_per_100_game_frames = 2;
  budget.bytes_left = 3;
  budget.from_mark = "loaded";
  budget.to_mark = "unloaded";
  budget.settle_game_frames = 4;
  budget.first_game_frame = 5;
  budget.first_mark = "menu";
  budget.optional = 1;
  EXPECT_EQ(heapreel_declare_budget(&budget), HEAPREEL_OK);
  EXPECT_EQ(fake_log.budget_limits, (BudgetLimits{.frees_per_game_frame_p99 = 1,
                                                  .live_bytes_growth_per_100_game_frames = 2,
                                                  .bytes_left = 3,
                                                  .first_game_frame = 5,
                                                  .settle_game_frames = 4,
                                                  .optional = 1,
                                                  .first_mark = "menu",
                                                  .from_mark = "loaded",
                                                  .to_mark = "unloaded"}));
}

TEST(CApiBudget, RefusesLimitsThatSayNothing) {
  const int before = fake_log.budgets;
  heapreel_budget without_marks = named("Level");
  without_marks.blocks_left = 0;
  heapreel_budget with_one_mark = without_marks;
  with_one_mark.from_mark = "loaded";
  heapreel_budget with_marks_alone = named("Level");
  with_marks_alone.from_mark = "loaded";
  with_marks_alone.to_mark = "unloaded";
  heapreel_budget sites_of_thread = named("thread:audio");
  sites_of_thread.new_sites = 0;
  const std::string too_long(64, 'x');
  heapreel_budget long_mark = named("Level");
  long_mark.first_mark = too_long.c_str();
  heapreel_budget peak_of_tag = named("Level"), peak_of_malloc = named("domain:malloc");
  peak_of_tag.peak_bytes = peak_of_malloc.peak_bytes = 0;
  for (const heapreel_budget& budget : {peak_of_tag, peak_of_malloc}) {
    EXPECT_EQ(heapreel_declare_budget(&budget), HEAPREEL_BAD_ARGUMENT);
  }
  for (const heapreel_budget& budget : {without_marks, with_one_mark, with_marks_alone, sites_of_thread, long_mark}) {
    EXPECT_EQ(heapreel_declare_budget(&budget), HEAPREEL_BAD_ARGUMENT);
  }
  EXPECT_EQ(fake_log.budgets, before);
}

TEST(CApiBudget, RefusesWhatIsNone) {
  const int before = fake_log.budgets;
  const std::string too_long(HEAPREEL_BUDGET_NAME_BYTES, 'x');
  heapreel_budget short_struct = named("Physics");
  short_struct.size = offsetof(heapreel_budget, allocs_per_game_frame);
  const heapreel_budget without_name = named(nullptr);
  const heapreel_budget of_nothing = named("");
  const heapreel_budget long_name = named(too_long.c_str());
  const std::vector<const heapreel_budget*> refused = {nullptr, &short_struct, &without_name, &of_nothing, &long_name};
  for (const heapreel_budget* budget : refused) {
    EXPECT_EQ(heapreel_declare_budget(budget), HEAPREEL_BAD_ARGUMENT);
  }
  EXPECT_EQ(fake_log.budgets, before);
  const heapreel_budget longest = named(too_long.c_str() + 1);
  EXPECT_EQ(heapreel_declare_budget(&longest), HEAPREEL_OK);
}

TEST(CApiBudget, SaysThatThereAreTooMany) {
  const heapreel_budget budget = named("One too many");
  EXPECT_EQ(heapreel_declare_budget(&budget), HEAPREEL_FAILED);
}

}  // namespace
}  // namespace heapreel::testing
