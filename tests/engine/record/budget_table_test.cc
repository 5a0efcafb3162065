// What is declared reaches the arena of whoever records, whenever it was declared, and is replaced as a whole.
#include "engine/record/budget_table.h"

#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "tests/engine/tracer_fixture.h"
#include "tests/engine/worker_thread.h"

namespace heapreel::engine::testing {
namespace {

class BudgetTableTest : public TracerTest {
 protected:
  using Budgets = std::map<std::string, BudgetLimits>;

  // Of this process's arena, as another process that maps it would see them.
  static Budgets recorded() {
    Budgets found;
    const BudgetTable& table = *tracer_state()->budgets;
    for (uint32_t place = 0; place < table.count(); ++place) found[table.name(place)] = table.limits(place);
    EXPECT_EQ(found.size(), table.count()) << "one name has two places";
    return found;
  }
};

TEST_F(BudgetTableTest, BudgetsFromBeforeAndAfterTheStartAreInTheArena) {
  EXPECT_TRUE(declare_budget("Early", {.allocs_per_game_frame = 0}));
  start_tracer();
  EXPECT_TRUE(declare_budget("Late", {.live_bytes = 5}));
  EXPECT_EQ(recorded(), (Budgets{{"Early", {.allocs_per_game_frame = 0}}, {"Late", {.live_bytes = 5}}}));
}

TEST_F(BudgetTableTest, SecondDeclarationReplacesAllLimits) {
  declare_budget("Physics", {.allocs_per_game_frame = 1, .live_bytes = 2});
  start_tracer();
  declare_budget("Physics", {.alloc_bytes_per_game_frame = 3});
  EXPECT_EQ(recorded(), (Budgets{{"Physics", {.alloc_bytes_per_game_frame = 3}}}));
  for (uint64_t limit = 0; limit < 10; ++limit) declare_budget("Physics", {.live_bytes = limit});
  EXPECT_EQ(recorded(), (Budgets{{"Physics", {.live_bytes = 9}}}));
}

TEST_F(BudgetTableTest, FullTableRefusesNewNamesAndCountsThem) {
  for (uint32_t i = 0; i < BudgetTable::kMost; ++i) {
    ASSERT_TRUE(declare_budget(("Tag " + std::to_string(i)).c_str(), {.live_bytes = i}));
  }
  EXPECT_FALSE(declare_budget("Before the start", {.live_bytes = 1}));
  start_tracer();
  EXPECT_FALSE(declare_budget("After it", {.live_bytes = 1}));
  EXPECT_EQ(tracer_state()->budgets->refused(), 2u);
  EXPECT_TRUE(declare_budget("Tag 7", {.live_bytes = 1'000'000}));
  EXPECT_EQ(tracer_state()->budgets->refused(), 2u);
  const Budgets budgets = recorded();
  EXPECT_EQ(budgets.size(), BudgetTable::kMost);
  EXPECT_EQ(budgets.at("Tag 7").live_bytes, 1'000'000u);
  EXPECT_EQ(budgets.at("Tag 1023").live_bytes, 1023u);
}

TEST_F(BudgetTableTest, HoldsOverStopAndStart) {
  start_tracer();
  declare_budget("Physics", {.live_bytes = 2});
  stop();
  declare_budget("Audio", {.live_bytes = 3});
  start_tracer();
  EXPECT_EQ(recorded(), (Budgets{{"Audio", {.live_bytes = 3}}, {"Physics", {.live_bytes = 2}}}));
}

TEST_F(BudgetTableTest, HoldsInTheTracerOfAForkedChild) {
  declare_budget("Early", {.live_bytes = 1});
  start_tracer();
  declare_budget("Late", {.live_bytes = 2});
  const pid_t child = fork();
  if (child == 0) {
    after_fork_in_child();
    if (!start(TracerOptions{})) _exit(1);
    declare_budget("Child's", {.live_bytes = 3});
    const BudgetTable& table = *tracer_state()->budgets;
    if (table.count() != 3) _exit(2);
    for (uint32_t place = 0; place < 3; ++place) {
      if (table.limits(place).live_bytes != place + 1) _exit(3);
    }
    _exit(std::string(table.name(1)) == "Late" && std::string(table.name(2)) == "Child's" ? 0 : 4);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(recorded().size(), 2u);
}

TEST_F(BudgetTableTest, ReaderNeverSeesLimitsOfTwoDeclarationsMixed) {
  start_tracer();
  declare_budget("Physics", {0, 0, 0});
  std::atomic<bool> done{false};
  WorkerThread other;
  other.begin([&done] {
    for (uint64_t i = 1; i <= 50'000; ++i) declare_budget("Physics", {i, 2 * i, 3 * i});
    // relaxed: a flag
    done.store(true, std::memory_order_relaxed);
  });
  uint64_t mixed = 0;
  // relaxed: a flag
  while (!done.load(std::memory_order_relaxed)) {
    const BudgetLimits seen = tracer_state()->budgets->limits(0);
    mixed += seen.alloc_bytes_per_game_frame != 2 * seen.allocs_per_game_frame ||
                     seen.live_bytes != 3 * seen.allocs_per_game_frame
                 ? 1
                 : 0;
  }
  other.wait();
  EXPECT_EQ(mixed, 0u);
  EXPECT_EQ(recorded(), (Budgets{{"Physics", {50'000, 100'000, 150'000}}}));
}

}  // namespace
}  // namespace heapreel::engine::testing
