// An output that does not take what is written to it: a slow disk, a pipe that nobody empties.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "tests/snapshot/random_history.h"
#include "tests/snapshot/reel_fixture.h"

namespace heapreel::testing {
namespace {

class StalledReelTest : public ReelTest {
 protected:
  // The reel's path becomes a pipe, which is read only when drain() says so.
  void SetUp() override {
    start_without_thread();
    ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  }
  void TearDown() override {
    if (pipe_ >= 0) ::close(pipe_);
    ReelTest::TearDown();
  }

  void open_reading_end() {
    pipe_ = ::open(path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ASSERT_GE(pipe_, 0);
  }
  // Reads to the end of what was written.
  std::vector<char> drain() const {
    ::fcntl(pipe_, F_SETFL, 0);
    std::vector<char> all;
    char some[4096];
    for (ssize_t got = 0; (got = ::read(pipe_, some, sizeof(some))) > 0;) all.insert(all.end(), some, some + got);
    return all;
  }

  int pipe_ = -1;
};

TEST_F(StalledReelTest, RoundsGoOnGameFramesAreMergedAndNoSumIsLost) {
  open_reading_end();
  constexpr size_t kMostQueued = 4;
  record({.overwrite = true}, kMostQueued);
  RandomHistory history(0, 5);
  constexpr int kGameFrames = 300;
  constexpr int kEvents = 400;
  StateFacts facts_at_mark;
  // Were a round to wait for the output, this would never end: nobody reads yet.
  for (int frame = 0; frame < kGameFrames; ++frame) {
    history.step(kEvents);
    if (frame == 2) {
      engine::mark("early");
      facts_at_mark = StateFacts::of(*snapshot_now().get());
    }
    if (frame == 200) engine::mark("late");
    end_game_frame();
  }
  const uint64_t merged = recorder_->merged();
  EXPECT_GT(merged, uint64_t{kGameFrames} / 2);

  std::vector<char> bytes;
  std::thread reader([&] { bytes = drain(); });
  EXPECT_EQ(finish(), "");
  writer_.reset();
  reader.join();

  const std::string copy = path() + ".copy";
  write_file(copy, bytes);
  const Reel reel = Reel::open(copy);
  EXPECT_TRUE(reel.info().complete);
  EXPECT_FALSE(reel.info().recovered);
  EXPECT_EQ(reel.info().merged_game_frames, merged);
  ASSERT_EQ(reel.game_frames().size(), size_t{kGameFrames} + 1);
  ASSERT_EQ(reel.marks().size(), 2u);
  EXPECT_EQ(reel.marks()[1].game_frame, 200u);
  ASSERT_TRUE(reel.marks()[0].has_state);
  EXPECT_TRUE(StateFacts::of(*reel.at_mark(0)).is_shown_of(facts_at_mark));
  engine::Totals before;
  for (const auto& [number, totals] : spy_.totals) {
    const GameFrameRow& row = reel.game_frames()[number];
    EXPECT_EQ(row.allocs, totals.allocs - before.allocs);
    EXPECT_EQ(row.frees, totals.frees - before.frees);
    EXPECT_EQ(row.live_bytes, totals.live_bytes);
    before = totals;
    if (row.merged) continue;
    EXPECT_TRUE(StateFacts::of(*reel.at(number)) == spy_.states[number]) << number;
  }
}

TEST_F(StalledReelTest, APipeWithoutAReaderIsRefusedAtOnce) {
  ReelWriter writer(*engine::tracer_state(), {.overwrite = true});
  const std::string error = writer.open(path(), {});
  EXPECT_NE(error.find("a pipe that nobody reads"), error.npos) << error;
}

TEST_F(StalledReelTest, AnOutputThatTakesNothingEndsThePatienceOfARecorder) {
  open_reading_end();
  writer_ = std::make_unique<ReelWriter>(*engine::tracer_state(), ReelWriterOptions{.overwrite = true});
  ASSERT_EQ(writer_->open(path(), ReelHeader{}), "");
  constexpr uint32_t kPatienceMs = 100;
  recorder_ = std::make_unique<ReelRecorder>(*engine::tracer_state(), *writer_, 2, nullptr, kPatienceMs);
  spy_.recorder = recorder_.get();
  RandomHistory history(0, 6);
  // Nobody reads: the first that finds no room waits, and those after it do not.
  const auto begin = std::chrono::steady_clock::now();
  for (int frame = 0; frame < 300; ++frame) {
    history.step(400);
    end_game_frame();
  }
  const auto waited = std::chrono::steady_clock::now() - begin;
  const uint64_t merged = recorder_->merged();
  EXPECT_GT(merged, 10u);
  EXPECT_GE(waited, std::chrono::milliseconds(kPatienceMs));
  std::vector<char> bytes;
  std::thread reader([&] { bytes = drain(); });
  EXPECT_EQ(finish(), "");
  writer_.reset();
  reader.join();
}

TEST_F(StalledReelTest, APatientRecorderKeepsEveryGameFrameOfAProgramThatIsFaster) {
  open_reading_end();
  writer_ = std::make_unique<ReelWriter>(*engine::tracer_state(), ReelWriterOptions{.overwrite = true});
  ASSERT_EQ(writer_->open(path(), ReelHeader{}), "");
  recorder_ = std::make_unique<ReelRecorder>(*engine::tracer_state(), *writer_, 2, nullptr, 60'000);
  spy_.recorder = recorder_.get();
  std::vector<char> bytes;
  std::thread reader([&] { bytes = drain(); });
  RandomHistory history(0, 7);
  for (int frame = 0; frame < 300; ++frame) {
    history.step(100);
    end_game_frame();
  }
  EXPECT_EQ(recorder_->merged(), 0u);
  EXPECT_EQ(finish(), "");
  writer_.reset();
  reader.join();
}

}  // namespace
}  // namespace heapreel::testing
