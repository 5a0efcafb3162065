// What a listener is told of a mark: the state of the mark's own cut, as long as it wants one, and keeps it.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <thread>

#include "engine/consolidate/consolidator.h"
#include "tests/engine/tracer_fixture.h"

namespace heapreel::engine::testing {
namespace {

using Sizes = std::vector<uint64_t>;

Sizes sizes_of(const FrozenTraces& state) {
  Sizes sizes;
  state.for_each_block([&](BlockId, const Record& record) { sizes.push_back(record.size); });
  std::ranges::sort(sizes);
  return sizes;
}

struct Listener final : CutListener {
  bool wants_game_frame() override { return wants; }
  bool on_game_frame(const FrozenTraces&) override {
    ++game_frames;
    return false;
  }
  bool wants_mark_state() override { return wants; }
  bool on_mark(const char* name, const FrozenTraces& state) override {
    names.emplace_back(name);
    sums.push_back(state.totals.live_bytes);
    if (state.store_epoch != 0) seen.push_back(sizes_of(state));
    if (!keeps) return false;
    kept = state;
    return true;
  }
  void on_generation_end(const FrozenTraces&) override {}

  bool wants = true;
  bool keeps = false;
  int game_frames = 0;
  std::vector<std::string> names;
  std::vector<uint64_t> sums;
  std::vector<Sizes> seen;
  std::optional<FrozenTraces> kept;
};

class MarksTest : public TracerTest {
 protected:
  void SetUp() override {
    TracerOptions options;
    options.frame_every_ms = 0;
    ASSERT_TRUE(start(options));
    round();
  }
  void round() { ASSERT_TRUE(tracer_state()->consolidator->run_round(&listener_)); }

  Listener listener_;
};

TEST_F(MarksTest, AStateHasWhatWasDoneBeforeItsMarkAndNothingAfterIt) {
  alloc(0x1000, 10);
  mark("first");
  free(0x1000);
  alloc(0x2000, 20);
  mark("second");
  std::thread([] { alloc(0x3000, 30); }).join();
  mark("third");
  game_frame();
  free(0x2000);
  round();
  EXPECT_EQ(listener_.names, (std::vector<std::string>{"first", "second", "third"}));
  EXPECT_EQ(listener_.seen, (std::vector<Sizes>{{10}, {20}, {20, 30}}));
  EXPECT_EQ(listener_.sums, (std::vector<uint64_t>{10, 20, 50}));
}

TEST_F(MarksTest, AStateThatIsKeptStaysWhatItWas) {
  listener_.keeps = true;
  alloc(0x1000, 10);
  mark("kept");
  round();
  free(0x1000);
  alloc(0x1000, 11);
  game_frame();
  round();
  ASSERT_TRUE(listener_.kept);
  EXPECT_EQ(sizes_of(*listener_.kept), Sizes{10});
  Consolidator::drop(*tracer_state(), listener_.kept->generation, listener_.kept->store_epoch);
  round();
  EXPECT_EQ(tracer_state()->consolidator->store_for_test()->pinned(), 0u);
}

TEST_F(MarksTest, AStateThatIsNotKeptIsLetGo) {
  alloc(0x1000, 10);
  mark("seen");
  round();
  EXPECT_EQ(tracer_state()->consolidator->store_for_test()->pinned(), 0u);
}

TEST_F(MarksTest, NothingIsFrozenForAListenerThatWantsNoState) {
  listener_.wants = false;
  alloc(0x1000, 10);
  mark("sums");
  game_frame();
  round();
  EXPECT_EQ(listener_.names, std::vector<std::string>{"sums"});
  EXPECT_EQ(listener_.sums, std::vector<uint64_t>{10});
  EXPECT_TRUE(listener_.seen.empty());
  EXPECT_EQ(listener_.game_frames, 0);
  listener_.wants = true;
  game_frame();
  round();
  EXPECT_EQ(listener_.game_frames, 1);
}

}  // namespace
}  // namespace heapreel::engine::testing
