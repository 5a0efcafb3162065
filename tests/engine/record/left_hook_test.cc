// Hooks that a signal handler left by siglongjmp: the thread records on, on the level where it was.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "../left_call.h"
#include "../tracer_fixture.h"
#include "engine/record/recorder_entry.h"
#include "engine/unwind/cpu.h"

namespace heapreel::engine::testing {
namespace {

class LeftHookTest : public TracerTest {
 protected:
  // As if the innermost hook of this thread had been left where its stack pointer was `sp`. It stands in the middle of
  // publishing an event.
  static void leave_hook_at(uintptr_t sp) {
    Recorder* recorder = t_recorder;
    // relaxed: nobody else writes it now
    recorder->inside.store(Recorder::kInHook, std::memory_order_relaxed);
    recorder->hook_sp = sp;
  }
  [[gnu::noinline]] static void alloc_further_in(uintptr_t p) {
    char frame[1024];
    asm volatile("" : : "r"(frame) : "memory");
    alloc(p, 2);
    asm volatile("" : : "r"(frame) : "memory");
  }
  // relaxed: as above
  static bool is_inside() { return t_recorder->inside.load(std::memory_order_relaxed) == Recorder::kInHook; }
};

TEST_F(LeftHookTest, AHookFurtherOutTakesItsPlace) {
  start_tracer();
  alloc(0x1000, 1);
  for (uintptr_t i = 0; i < 1000; ++i) {
    leave_hook_at(cpu::stack_pointer() - 8 * 1024 - i);
    alloc(0x100000 + 64 * i, 2);
    ASSERT_FALSE(is_inside());
  }
  EXPECT_EQ(t_recorder->nested, nullptr);
  EXPECT_EQ(live_blocks(take_snapshot()).size(), 1001u);
  EXPECT_TRUE(traced_memory().balanced());
}

TEST_F(LeftHookTest, AHookFurtherInDoesNot) {
  start_tracer();
  alloc(0x1000, 1);
  leave_hook_at(cpu::stack_pointer());
  alloc_further_in(0x2000);
  EXPECT_TRUE(is_inside());
  EXPECT_NE(t_recorder->nested, nullptr);
  leave(t_recorder);
  EXPECT_EQ(live_blocks(take_snapshot()).size(), 2u);
}

TEST_F(LeftHookTest, AHookOnAnotherStackDoesNot) {
  start_tracer();
  alloc(0x1000, 1);
  leave_hook_at(0x10000);
  alloc(0x2000, 2);
  EXPECT_TRUE(is_inside());
  leave(t_recorder);
  EXPECT_EQ(live_blocks(take_snapshot()).size(), 2u);
}

// Wherever a hook is left, the record stays sound: no death of a block that was never born, no id given twice. The
// allocator that was left with the hook gives the same address out again.
TEST_F(LeftHookTest, MayBeLeftAtEveryInstruction) {
  if (!LeftCall::kIsPossible) GTEST_SKIP() << "calls cannot be left here";
  start_tracer();
  alloc(0x1000, 1);
  const std::vector<uintptr_t> known = {1, 2, 3};
  std::vector<uintptr_t> unknown = known;
  const auto alloc_known = [&] { record_alloc(0, address(0x100000), 2, stack(known)); };
  const auto alloc_unknown = [&] { record_alloc(0, address(0x100000), 3, stack(unknown)); };
  const auto free_it = [&] { record_free(0, address(0x100000)); };
  uint32_t instructions = 0;
  LeftCall call;
  const auto leave_everywhere = [&](const auto& f) {
    uint32_t after = 0;
    bool was_left = true;
    while (was_left) {
      ++unknown[0];
      was_left = call.leave_after(++after, f);
      alloc_known();
      free_it();
    }
    instructions += after;
  };
  leave_everywhere(alloc_unknown);
  leave_everywhere([&] {
    alloc_known();
    free_it();
  });
  EXPECT_GT(instructions, 200u);
  const SnapshotHandle snapshot = take_snapshot();
  ASSERT_NE(snapshot.get(), nullptr);
  const Totals totals = traced_memory();
  EXPECT_TRUE(totals.balanced());
  EXPECT_EQ(totals.mismatched_frees, 0u);
  EXPECT_TRUE(tracing());
}

// What take() and renew() give out, up to where they are left and after it, is given once.
TEST(LeasedBlocksTest, GiveNoIdTwiceWhereverTheyAreLeft) {
  if (!LeftCall::kIsPossible) GTEST_SKIP() << "calls cannot be left here";
  const BlockLease first = {.generation = 1, .page = 5, .free = {0x4, 0x1}};
  const BlockLease second = {.generation = 1, .page = 9, .free = {0x1, 0x2}};
  const std::set<BlockId> leased = {642, 704, 1152, 1217};
  LeftCall call;
  uint32_t instructions = 0;
  for (bool was_left = true; was_left;) {
    LeasedBlocks blocks;
    BlockId given[8] = {};
    volatile size_t count = 0;
    const auto take_all = [&] {
      while (const BlockId id = blocks.take()) {
        given[count] = id;
        count = count + 1;
      }
    };
    was_left = call.leave_after(++instructions, [&] {
      blocks.renew(first);
      take_all();
      blocks.renew(second);
      take_all();
    });
    take_all();
    const std::set<BlockId> ids(given, given + count);
    ASSERT_EQ(ids.size(), count) << "left after " << instructions;
    ASSERT_TRUE(std::includes(leased.begin(), leased.end(), ids.begin(), ids.end())) << "left after " << instructions;
  }
  EXPECT_GT(instructions, 50u);
}

}  // namespace
}  // namespace heapreel::engine::testing
