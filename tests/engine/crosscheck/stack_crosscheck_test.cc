// Whom the crosscheck blames. The reference unwinders here are glibc's backtrace, honest or with one frame changed.
#include "engine/crosscheck/stack_crosscheck.h"

#include <execinfo.h>

#include "tests/engine/tracer_fixture.h"

namespace heapreel::engine::testing {
namespace {

int honest(void** pcs, int capacity) {
  return backtrace(pcs, capacity);
}

int lying(void** pcs, int capacity) {
  const int count = backtrace(pcs, capacity);
  pcs[count - 1] = static_cast<char*>(pcs[count - 1]) + 1;
  return count;
}

int lying_otherwise(void** pcs, int capacity) {
  const int count = backtrace(pcs, capacity);
  pcs[count - 1] = static_cast<char*>(pcs[count - 1]) + 2;
  return count;
}

class StackCrosscheckTest : public TracerTest {
 protected:
  void start_checking(int32_t limit = 256) {
    TracerOptions options;
    options.crosscheck_stacks = true;
    options.traceback_limit = limit;
    start_tracer(options);
  }

  [[gnu::noinline]] static void allocate(uintptr_t p) {
    record_alloc(0, address(p), 8, HEAPREEL_WALK_START());
    asm volatile("");
  }

  static uint64_t count(StackVerdict verdict) {
    return tracer_state()->crosscheck->counts().verdicts[static_cast<uint32_t>(verdict)];
  }
  static uint64_t all_verdicts() {
    return count(StackVerdict::kWrong) + count(StackVerdict::kUndecided) + count(StackVerdict::kGuessed) +
           count(StackVerdict::kTheirs);
  }
};

TEST_F(StackCrosscheckTest, counts_equal_stacks_and_those_from_before_the_unwinders_were_loaded) {
  start_checking();
  allocate(0x1000);
  use_reference_unwinders({honest, honest});
  for (uintptr_t i = 2; i < 12; ++i) allocate(i * 0x1000);
  const StackCrosscheck::Counts counts = tracer_state()->crosscheck->counts();
  EXPECT_EQ(counts.unchecked, 1u);
  EXPECT_EQ(counts.checked, 10u);
  EXPECT_GT(counts.frames, counts.checked);
  EXPECT_EQ(counts.hash_errors, 0u);
  EXPECT_EQ(all_verdicts(), 0u);
  EXPECT_GT(tracer_state()->crosscheck->our_times().median(), 0);
  EXPECT_GT(tracer_state()->crosscheck->libunwind_times().trimmed_mean(), 0);
}

TEST_F(StackCrosscheckTest, compares_a_stack_that_was_cut_as_far_as_it_goes) {
  start_checking(2);
  use_reference_unwinders({lying, lying});  // about the outermost frame, which is not asked for
  allocate(0x1000);
  EXPECT_EQ(tracer_state()->crosscheck->counts().checked, 1u);
  EXPECT_EQ(all_verdicts(), 0u);
}

TEST_F(StackCrosscheckTest, blames_the_walker_when_both_others_agree) {
  start_checking();
  use_reference_unwinders({lying, lying});
  allocate(0x1000);
  EXPECT_EQ(count(StackVerdict::kWrong), 1u);
  EXPECT_EQ(all_verdicts(), 1u);
  const StackDifference* const kept = tracer_state()->crosscheck->difference(StackVerdict::kWrong, 0);
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->ours_depth, kept->libunwind_depth);
  EXPECT_EQ(kept->libunwind[kept->libunwind_depth - 1], kept->ours[kept->ours_depth - 1] + 1);
  EXPECT_EQ(tracer_state()->crosscheck->difference(StackVerdict::kWrong, 1), nullptr);
}

TEST_F(StackCrosscheckTest, blames_libunwind_when_the_arbiter_agrees_with_the_walker) {
  start_checking();
  use_reference_unwinders({lying, honest});
  allocate(0x1000);
  EXPECT_EQ(count(StackVerdict::kTheirs), 1u);
  EXPECT_EQ(all_verdicts(), 1u);
}

TEST_F(StackCrosscheckTest, decides_nothing_when_all_differ_or_nobody_arbitrates) {
  start_checking();
  use_reference_unwinders({lying, lying_otherwise});
  allocate(0x1000);
  EXPECT_EQ(count(StackVerdict::kUndecided), 1u);
  use_reference_unwinders({lying, nullptr});
  allocate(0x2000);
  EXPECT_EQ(count(StackVerdict::kUndecided), 2u);
  EXPECT_EQ(all_verdicts(), 2u);
}

TEST_F(StackCrosscheckTest, is_not_there_unless_asked_for) {
  start_tracer();
  use_reference_unwinders({lying, lying});
  allocate(0x1000);
  EXPECT_EQ(tracer_state()->crosscheck, nullptr);
}

}  // namespace
}  // namespace heapreel::engine::testing
