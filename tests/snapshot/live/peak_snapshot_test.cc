#include <heapreel/heapreel.h>

#include "engine/record/recording_end.h"
#include "tests/engine/tracer_fixture.h"

namespace heapreel::testing {
namespace {

class PeakSnapshotTest : public engine::testing::TracerTest {
 protected:
  void start_keeping_peak() { start_tracer({.keep_peak = true}); }
};

TEST_F(PeakSnapshotTest, IsTheHighestBoundaryAndTellsThePeakInside) {
  start_keeping_peak();
  alloc(0x1000, 100);
  engine::game_frame();
  alloc(0x2000, 1'000);
  engine::game_frame();  // the highest end
  alloc(0x3000, 5'000);
  free(0x3000);
  free(0x2000);
  engine::game_frame();
  const auto peak = heapreel::peak_snapshot();
  ASSERT_TRUE(peak);
  EXPECT_EQ(peak->game_frame, 1u);
  EXPECT_EQ(peak->live_bytes, 1'100u);
  EXPECT_EQ(peak->snapshot.traces().size(), 2u);
  EXPECT_EQ(peak->peak_bytes, 6'100u);
  EXPECT_EQ(peak->peak_bound, 6'100u);
  EXPECT_EQ(peak->peak_game_frame, 2u);
  EXPECT_FALSE(peak->is_exact());
}

TEST_F(PeakSnapshotTest, AtABoundaryItIsThePeakItself) {
  start_keeping_peak();
  alloc(0x1000, 100);
  engine::game_frame();
  free(0x1000);
  engine::game_frame();
  const auto peak = heapreel::peak_snapshot();
  ASSERT_TRUE(peak);
  EXPECT_TRUE(peak->is_exact());
  EXPECT_EQ(peak->game_frame, 0u);
}

TEST_F(PeakSnapshotTest, StaysAsItWasWhileHigherOnesComeAndGo) {
  start_keeping_peak();
  std::vector<PeakSnapshot> kept;
  for (uintptr_t i = 1; i <= 400; ++i) {
    alloc(i * 16, 10);
    engine::game_frame();
    if (i % 40 == 0) kept.push_back(heapreel::peak_snapshot().value());
  }
  for (size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(kept[i].live_bytes, (i + 1) * 400);
    EXPECT_EQ(kept[i].snapshot.traces().size(), (i + 1) * 40);
    EXPECT_EQ(kept[i].game_frame, (i + 1) * 40 - 1);
  }
}

TEST_F(PeakSnapshotTest, BeginsAnewWithResetPeakAndClearTraces) {
  start_keeping_peak();
  alloc(0x1000, 100);
  EXPECT_FALSE(heapreel::peak_snapshot()) << "no game frame has ended";
  engine::game_frame();
  free(0x1000);
  heapreel::reset_peak();
  EXPECT_FALSE(heapreel::peak_snapshot());
  alloc(0x1000, 30);
  engine::game_frame();
  EXPECT_EQ(heapreel::peak_snapshot().value().live_bytes, 30u);
  heapreel::clear_traces();
  EXPECT_FALSE(heapreel::peak_snapshot());
  heapreel::stop();
  EXPECT_THROW(heapreel::peak_snapshot(), NotTracing);
}

TEST_F(PeakSnapshotTest, OutlivesItsGeneration) {
  start_keeping_peak();
  alloc(0x1000, 100);
  engine::game_frame();
  std::optional<PeakSnapshot> first = heapreel::peak_snapshot();
  ASSERT_TRUE(first);
  for (uintptr_t generation = 1; generation <= 20; ++generation) {
    heapreel::clear_traces();
    alloc(0x2000, 10 * generation);
    engine::game_frame();
    EXPECT_EQ(heapreel::peak_snapshot().value().live_bytes, 10 * generation);
  }
  heapreel::stop();
  ASSERT_EQ(first->snapshot.traces().size(), 1u);
  EXPECT_EQ(first->snapshot.traces()[0].size, 100u);
}

TEST_F(PeakSnapshotTest, StaysWhenTracingEndsByItself) {
  start_keeping_peak();
  alloc(0x1000, 100);
  engine::game_frame();
  engine::end_tracing(engine::EndReason::kMemory);
  EXPECT_FALSE(heapreel::is_tracing());
  EXPECT_EQ(heapreel::peak_snapshot().value().live_bytes, 100u);
}

TEST_F(PeakSnapshotTest, IsNotKeptUnlessAskedFor) {
  start_tracer();
  alloc(0x1000, 100);
  engine::game_frame();
  EXPECT_FALSE(heapreel::peak_snapshot());
}

class CompletenessTest : public engine::testing::TracerTest {};

TEST_F(CompletenessTest, AccountsForEveryEvent) {
  start_tracer();
  alloc(0x1000, 10);
  alloc(0x2000, 20);
  alloc(0x2000, 30);  // its free was not seen
  free(0x1000);
  free(0x9000);  // born untraced: no event
  const Completeness found = heapreel::take_snapshot().completeness();
  EXPECT_EQ(found.issued, 5u);  // one of them closes the block whose free was not seen
  EXPECT_EQ(found.stored, 5u);
  EXPECT_EQ(found.degraded, 0u);
  EXPECT_EQ(found.inferred_frees, 1u);
  EXPECT_EQ(found.untracked_frees, 1u);
  EXPECT_TRUE(found.is_exact());
  EXPECT_TRUE(found.has_all_stacks());
}

TEST_F(CompletenessTest, AFilteredSnapshotTellsOfAllOfIt) {
  start_tracer();
  alloc(0x1000, 10);
  const Snapshot snapshot = heapreel::take_snapshot();
  EXPECT_EQ(snapshot.filter_traces({DomainFilter(true, 5)}).completeness(), snapshot.completeness());
  EXPECT_EQ(snapshot.born(7, 8).completeness(), snapshot.completeness());
}

TEST_F(CompletenessTest, WhatDoesNotAddUpIsNotExact) {
  EXPECT_TRUE((Completeness{.issued = 6, .stored = 3, .degraded = 2, .discarded = 1}).is_exact());
  EXPECT_FALSE((Completeness{.issued = 6, .stored = 3, .degraded = 2, .discarded = 1}).has_all_stacks());
  EXPECT_FALSE((Completeness{.issued = 6, .stored = 5}).is_exact());
  EXPECT_FALSE((Completeness{.unrecorded = 1}).is_exact());
}

}  // namespace
}  // namespace heapreel::testing
