// Whether a record is complete is decided in one place: what keeps it from that is said by the summary of a run and by
// the commands that read its reel, in the same words.
#include "tools/command/text/record_gaps.h"

#include <gtest/gtest.h>

#include <functional>

#include "engine/store/end_reason.h"
#include "tools/command/run/run_summary.h"
#include "tools/command/text/cost_text.h"
#include "tools/command/text/ending_text.h"

namespace heapreel::tools {
namespace {

struct Record {
  engine::Totals totals;
  ReelEnd end;
};

Record whole() {
  Record record;
  record.totals.issued = 10;
  record.totals.stored = 7;
  record.totals.degraded = 2;
  record.totals.discarded = 1;
  return record;
}

std::vector<std::string> said_by_run(const Record& record) {
  RunFigures figures(nullptr);
  engine::FrozenTraces last;
  last.store_epoch = 1;
  last.totals = record.totals;
  figures.finish(last);
  RunSummary summary;
  summary.end = record.end;
  summary.reel = "a.reel";
  return summary.gaps(figures);
}

std::vector<std::string> said_by_reader(const Record& record) {
  ReelInfo info;
  info.complete = true;
  info.totals = record.totals;
  info.end = record.end;
  return gaps(info);
}

TEST(RecordGaps, a_record_of_which_every_event_is_accounted_for_has_none) {
  EXPECT_TRUE(said_by_run(whole()).empty());
  EXPECT_TRUE(said_by_reader(whole()).empty());
}

TEST(RecordGaps, every_loss_is_a_gap_and_run_and_reader_say_the_same) {
  const std::pair<std::function<void(Record&)>, std::string> losses[] = {
      {[](Record& r) { r.totals.stored = 6; }, "10 events were issued, but only 9 are accounted for"},
      {[](Record& r) { r.totals.mismatched_frees = 3; }, "3 frees were of a block that is not live"},
      {[](Record& r) { r.end.unrecorded = 4; }, "4 events were not recorded"},
      {[](Record& r) { r.end.tracing_ended = static_cast<uint32_t>(engine::EndReason::kMemory); },
       "tracing ended early: the memory budget"},
      {[](Record& r) {
         r.end.costs.own_allocator = {OwnAllocator::kUnseen, "malloc, free"};
       },
       "an allocator of its own (it defines malloc, free)"},
      {[](Record& r) { r.end.tracing_ended = 4711; }, "for a reason that this version does not know"},
  };
  for (const auto& [lose, sentence] : losses) {
    Record record = whole();
    lose(record);
    const std::vector<std::string> said = said_by_run(record);
    ASSERT_EQ(said.size(), 1u) << sentence;
    EXPECT_NE(said[0].find(sentence), std::string::npos) << said[0];
    EXPECT_EQ(said_by_reader(record), said);
  }
}

TEST(RecordGaps, frees_of_blocks_that_were_never_recorded_are_no_loss) {
  Record record = whole();
  record.totals.untracked_frees = 5;
  record.totals.inferred_frees = 2;
  EXPECT_TRUE(said_by_run(record).empty());
  EXPECT_TRUE(said_by_reader(record).empty());
}

TEST(RecordGaps, an_allocator_that_may_hand_its_calls_on_is_said_and_no_loss) {
  Record record = whole();
  record.end.costs.own_allocator = {OwnAllocator::kMayHandOn, "malloc"};
  EXPECT_TRUE(said_by_run(record).empty());
  EXPECT_NE(own_allocator_line(record.end.costs.own_allocator).find("the program defines malloc itself"),
            std::string::npos);
  EXPECT_EQ(own_allocator_line({}), "");
}

TEST(RecordGaps, game_frames_of_a_timer_are_said_to_be_that) {
  ReelCosts costs;
  EXPECT_EQ(game_frames_by_text(costs), "");
  costs.clock_period_ms = 16;
  EXPECT_EQ(game_frames_by_text(costs), " by a timer of 16 ms, as the program marked none and showed no pictures");
  costs.game_frames_by = "glXSwapBuffers";
  EXPECT_EQ(game_frames_by_text(costs), " by glXSwapBuffers");
  costs.game_frames_by = "program";
  EXPECT_EQ(game_frames_by_text(costs), " by the program's own marks");
}

TEST(RecordGaps, a_run_without_a_reel_is_not_complete) {
  RunSummary summary;
  EXPECT_FALSE(summary.is_complete(RunFigures(nullptr)));
}

}  // namespace
}  // namespace heapreel::tools
