// tests/vectors/golden_budgets.reel, which write_golden_budgets.cc made, read to the budgets that were put in.
#include <gtest/gtest.h>

#include "snapshot/reel/read/reel.h"

namespace heapreel::testing {
namespace {

using engine::BudgetLimits;

TEST(GoldenBudgetsTest, LaterDeclarationsReplaceEarlierOnesOfTheSameOrigin) {
  const Reel reel = Reel::open(GOLDEN_VECTORS "/golden_budgets.reel");
  constexpr auto kProgram = BudgetOrigin::kProgram;
  EXPECT_EQ(reel.budgets().all(), (std::map<RecordedBudgets::Key, BudgetLimits>{
                                      {{"Physics", kProgram}, {.allocs_per_game_frame = 0}},
                                      {{"Textures", kProgram}, {.live_bytes = uint64_t{512} << 20}},
                                      {{"Textures", BudgetOrigin::kRecorder}, {.live_bytes = uint64_t{256} << 20}},
                                      {{"domain:Größe", kProgram}, {.alloc_bytes_per_game_frame = UINT64_MAX - 1}},
                                      {{"thread:main", kProgram}, {}}}));
  EXPECT_EQ(reel.budgets().refused(), 300u);
  EXPECT_TRUE(reel.info().complete);
  EXPECT_EQ(reel.info().unknown_sections, 0u);
}

TEST(GoldenBudgetsTest, ReelsFromBeforeThereWereBudgetsHaveNone) {
  const Reel reel = Reel::open(GOLDEN_VECTORS "/golden_all.reel");
  EXPECT_TRUE(reel.budgets().all().empty());
  EXPECT_EQ(reel.budgets().refused(), 0u);
}

class RecordedBudgetsTest : public ::testing::Test {
 protected:
  static void expect_refused(const ByteWriter& section, const std::string& error) {
    RecordedBudgets budgets;
    ByteReader in(section.bytes());
    try {
      budgets.read(in, 0);
      in.expect_end();
      FAIL() << "taken in; expected: " << error;
    } catch (const ReelError& refused) {
      EXPECT_EQ(refused.what(), error);
    }
  }
  static ByteWriter section(uint64_t count) {
    ByteWriter out;
    out.varint(0);
    out.varint(count);
    return out;
  }
};

TEST_F(RecordedBudgetsTest, AnUnknownOriginIsRefused) {
  ByteWriter out = section(1);
  write_budget(out, BudgetOrigin{2}, "Physics", {});
  expect_refused(out, "a budget is of an unknown origin");
}

TEST_F(RecordedBudgetsTest, NamesOfNoLengthOrTooGreatOneAreRefused) {
  for (const size_t bytes : {0, 120}) {
    ByteWriter out = section(1);
    write_budget(out, BudgetOrigin::kProgram, std::string(bytes, 'x'), {});
    expect_refused(out, bytes == 0 ? "a count exceeds what is there" : "a budget's name is out of range");
  }
  ByteWriter out = section(2);
  write_budget(out, BudgetOrigin::kProgram, "", {});
  write_budget(out, BudgetOrigin::kProgram, "Physics", {});
  expect_refused(out, "a budget's name is out of range");
}

TEST_F(RecordedBudgetsTest, MoreThanThereCanBeAreRefused) {
  for (const uint64_t count : {1024u, 1025u}) {
    ByteWriter out = section(2 * count);
    for (const BudgetOrigin origin : {BudgetOrigin::kProgram, BudgetOrigin::kRecorder}) {
      for (uint64_t i = 0; i < count; ++i) write_budget(out, origin, std::to_string(i), {.live_bytes = i});
    }
    if (count > 1024) return expect_refused(out, "there are too many budgets");
    RecordedBudgets budgets;
    ByteReader in(out.bytes());
    budgets.read(in, 0);
    EXPECT_EQ(budgets.all().size(), 2 * count);
  }
}

TEST_F(RecordedBudgetsTest, ASectionThatEndsEarlyIsRefusedWhereverItEnds) {
  ByteWriter whole = section(2);
  write_budget(whole, BudgetOrigin::kProgram, "Physics", {.live_bytes = 1'000'000});
  write_budget(whole, BudgetOrigin::kProgram, "Audio", {.live_bytes = 2'000'000});
  for (size_t size = 0; size < whole.bytes().size(); ++size) {
    RecordedBudgets budgets;
    ByteReader in(std::span(whole.bytes()).first(size));
    EXPECT_THROW(budgets.read(in, 0), ReelError) << size;
  }
}

}  // namespace
}  // namespace heapreel::testing
