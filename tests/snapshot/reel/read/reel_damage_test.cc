// What a damaged file may cost: the damaged part and what depends on it; never a crash, never a wrong number.
#include "snapshot/reel/read/reel.h"
#include "tests/snapshot/random_history.h"
#include "tests/snapshot/reel_fixture.h"

namespace heapreel::testing {
namespace {

class ReelDamageTest : public ReelTest {
 protected:
  void SetUp() override {
    start_without_thread();
    record({.least_key_distance = 12, .key_every = 0}, 1'000);
    RandomHistory history(0, 3);
    declare(1);
    for (int frame = 0; frame < 8; ++frame) {
      history.step(6);
      if (frame == 5 || frame == 0) {
        engine::mark("middle");
        history.step(3);
        engine::mark("later");
      }
      if (frame == 3) declare(2);
      end_game_frame();
    }
    ASSERT_EQ(finish(), "");
    good_ = read_file(path());
    const Reel reel = Reel::open(path());
    for (const GameFrameRow& row : reel.game_frames()) states_[row.number] = StateFacts::of(*reel.at(row.number));
    for (size_t mark = 0; mark < 4; ++mark) mark_states_.push_back(StateFacts::of(*reel.at_mark(mark)));
    rows_ = reel.game_frames();
    budgets_ = reel.budgets().all();
    ASSERT_EQ(budgets_.size(), 2u);
  }

  void declare(uint64_t limit) {
    engine::declare_budget("Physics", {.allocs_per_game_frame = limit});
    engine::declare_budget("domain:Pool", {.live_bytes = limit});
  }

  // Expects the budgets of the whole reel, or those of the part that is left of it.
  void check_budgets(const Reel& reel) {
    const auto& budgets = reel.budgets().all();
    EXPECT_TRUE(reel.info().recovered || budgets == budgets_);
    EXPECT_TRUE(budgets.empty() || budgets.size() == budgets_.size());
    for (const auto& [key, limits] : budgets) {
      ASSERT_TRUE(budgets_.contains(key));
      const engine::BudgetLimits first = key.first == "Physics" ? engine::BudgetLimits{.allocs_per_game_frame = 1}
                                                                : engine::BudgetLimits{.live_bytes = 1};
      EXPECT_TRUE(limits == budgets_[key] || limits == first);
    }
  }

  // How many states of marks can be read; all of them as they were.
  size_t readable_marks(const Reel& reel) {
    size_t readable = 0;
    for (size_t mark = 0; mark < reel.marks().size(); ++mark) {
      if (!reel.marks()[mark].has_state) continue;
      try {
        EXPECT_TRUE(StateFacts::of(*reel.at_mark(mark)) == mark_states_.at(mark));
        ++readable;
      } catch (const ReelError& error) {
        EXPECT_STRNE(error.what(), "");
      }
    }
    return readable;
  }

  // How many stills of the file can be read; all of them as they were.
  size_t readable() {
    size_t stills = 0;
    try {
      const Reel reel = Reel::open(path());
      check_budgets(reel);
      const size_t marks = readable_marks(reel);
      for (const GameFrameRow& row : reel.game_frames()) {
        const GameFrameRow& good = rows_.at(row.number);
        EXPECT_EQ(row.allocs, good.allocs);
        EXPECT_EQ(row.live_bytes, good.live_bytes);
        EXPECT_EQ(row.time_ns, good.time_ns);
        try {
          // What threads did is told of several stills at once, behind the last of them.
          const StateFacts facts = StateFacts::of(*reel.at(row.number));
          EXPECT_TRUE(facts == states_[row.number] ||
                      (reel.info().recovered && facts.is_shown_of(states_[row.number])));
          ++stills;
        } catch (const ReelError& error) {
          EXPECT_STRNE(error.what(), "");
        }
      }
      EXPECT_TRUE(reel.info().recovered || stills < rows_.size() || marks < mark_states_.size())
          << "damage that nothing tells of";
    } catch (const ReelError& error) {
      EXPECT_STRNE(error.what(), "");
    }
    return stills;
  }

  void put(size_t at, char byte) {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
  }

  std::vector<char> good_;
  std::map<uint32_t, StateFacts> states_;
  std::vector<StateFacts> mark_states_;
  std::vector<GameFrameRow> rows_;
  std::map<RecordedBudgets::Key, engine::BudgetLimits> budgets_;
};

TEST_F(ReelDamageTest, TruncationAnywhereLosesOnlyTheTail) {
  size_t longer = rows_.size();
  for (size_t size = good_.size(); size-- > 0;) {
    std::filesystem::resize_file(path(), size);
    const size_t stills = readable();
    ASSERT_LE(stills, longer) << "at " << size;
    // One byte can cost one still, no more.
    ASSERT_LE(longer - stills, 1u) << "at " << size;
    longer = stills;
  }
  EXPECT_EQ(longer, 0u);
}

TEST_F(ReelDamageTest, AFlippedByteNeverShowsAWrongNumber) {
  for (size_t at = 0; at < good_.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      put(at, static_cast<char>(good_[at] ^ flip));
      readable();
      ASSERT_FALSE(HasFailure()) << "byte " << at << " flipped by " << flip;
    }
    put(at, good_[at]);
  }
}

TEST_F(ReelDamageTest, DamageToOneStateLeavesTheStillsAroundIt) {
  put(good_.size() / 2, static_cast<char>(good_[good_.size() / 2] ^ 1));
  EXPECT_GT(readable(), 0u);
}

TEST_F(ReelDamageTest, BytesAfterTheEndCostTheIndexAlone) {
  std::vector<char> bytes = good_;
  bytes.resize(bytes.size() + 100, 'x');
  write_file(path(), bytes);
  EXPECT_EQ(readable(), rows_.size());
}

}  // namespace
}  // namespace heapreel::testing
