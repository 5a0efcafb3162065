#include <heapreel/heapreel.h>

#include "tests/snapshot/reel_fixture.h"

namespace heapreel::testing {
namespace {

class SnapshotFileTest : public ReelTest {};

std::vector<Trace> some_traces() {
  std::vector<Trace> traces;
  Frame exact({.filename = "lib.so", .lineno = 0, .function = "f", .module = "lib.so", .address = 7, .offset = 0x40});
  for (uint32_t i = 0; i < 300; ++i) {
    Trace trace;
    trace.domain = i % 3 == 2 ? 0xabcdef : i % 3;
    trace.size = (300 - i) * 5;
    trace.traceback = Traceback({Frame("a.cc", i % 4), exact, Frame("b.cc", i % 7)},
                                i % 2 == 0 ? std::optional<uint32_t>(3) : std::nullopt);
    trace.address = 0x1000 - i;
    trace.thread = i % 5 == 4 ? 1u << 30 : i % 5;
    trace.born_game_frame = i;
    trace.tag = i % 10 == 0 ? "Physics/Solver" : "";
    traces.push_back(trace);
  }
  return traces;
}

TEST_F(SnapshotFileTest, LoadGivesBackTheSameTracesInTheSameOrder) {
  const Snapshot before = Snapshot::from_traces(some_traces(), 12);
  before.dump(path());
  const Snapshot after = Snapshot::load(path());
  EXPECT_EQ(after.traces(), before.traces());
  EXPECT_EQ(after.traceback_limit(), 12);
  for (const KeyType key : {KeyType::lineno, KeyType::traceback, KeyType::tag, KeyType::thread, KeyType::domain}) {
    EXPECT_EQ(after.statistics(key), before.statistics(key));
  }
  EXPECT_EQ(after.traces()[10].tag, "Physics/Solver");
  EXPECT_EQ(after.traces()[0].traceback[1].function(), "f");
}

TEST_F(SnapshotFileTest, FilteredAndEmptySnapshotsCanBeDumped) {
  const Snapshot all = Snapshot::from_traces(some_traces(), 1);
  const Snapshot some = all.filter_traces({DomainFilter(true, 1)});
  some.dump(path());
  EXPECT_EQ(Snapshot::load(path()).traces(), some.traces());
  Snapshot::from_traces({}, 1).dump(path());
  EXPECT_TRUE(Snapshot::load(path()).traces().empty());
}

TEST_F(SnapshotFileTest, ALoadedStillCanBeDumpedAgain) {
  Snapshot::from_traces(some_traces(), 3).dump(path());
  const Snapshot once = Snapshot::load(path());
  once.dump(path());
  EXPECT_EQ(Snapshot::load(path()).traces(), once.traces());
}

TEST_F(SnapshotFileTest, AFailedDumpLeavesTheOldFile) {
  const Snapshot snapshot = Snapshot::from_traces(some_traces(), 3);
  EXPECT_THROW(snapshot.dump(path() + "/missing/file"), ReelError);
  EXPECT_THROW(Snapshot::load(path()), ReelError);
}

}  // namespace
}  // namespace heapreel::testing
