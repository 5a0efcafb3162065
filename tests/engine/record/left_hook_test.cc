// Hooks that a signal handler left by siglongjmp: the thread records on, on the level where it was.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace heapreel::engine::testing
