// A reel that comes through a pipe: what "-" means to the commands that read.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "tests/snapshot/random_reel.h"
#include "tools/command/console/errors.h"
#include "tools/command/read/opened_reel.h"

namespace heapreel::tools {
namespace {

// Standard input is a pipe that `bytes` come through, as long as it lives. Each read gets one piece, however fast the
// other end writes; pieces are of at most PIPE_BUF bytes.
class PipedInput {
 public:
  PipedInput(std::vector<char> bytes, size_t piece) : before_(dup(STDIN_FILENO)) {
    int ends[2];
    if (pipe2(ends, O_DIRECT) != 0 || dup2(ends[0], STDIN_FILENO) < 0) ADD_FAILURE() << "no pipe";
    close(ends[0]);
    writer_ = std::thread([bytes = std::move(bytes), piece, to = ends[1]] {
      std::signal(SIGPIPE, SIG_IGN);
      for (size_t at = 0; at < bytes.size();) {
        const ssize_t put = write(to, bytes.data() + at, std::min(piece, bytes.size() - at));
        if (put < 0) break;
        at += static_cast<size_t>(put);
      }
      close(to);
    });
  }
  ~PipedInput() {
    dup2(before_, STDIN_FILENO);  // closes the reading end: a writer with more to say ends
    close(before_);
    writer_.join();
  }
  PipedInput(const PipedInput&) = delete;
  PipedInput& operator=(const PipedInput&) = delete;

 private:
  int before_;
  std::thread writer_;
};

class StandardInputTest : public heapreel::testing::RandomReelTest {};

TEST_F(StandardInputTest, AnyGameFrameOfAReelThroughAPipeIsTheSnapshotTakenThen) {
  const uint64_t seed = this->seed();
  SCOPED_TRACE("HEAPREEL_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  record_random(random);
  if (HasFatalFailure()) return;
  const PipedInput input(read_file(path()), 1 + random() % 1'000);
  std::filesystem::remove(path());  // nothing but the pipe is left to read
  const Reel reel = open_reel("-");
  EXPECT_EQ(completeness(reel.info()), kOk);
  expect_shows_any(reel, random);
}

TEST_F(StandardInputTest, AReelThatIsCutOffInThePipeShowsTheGameFramesBeforeTheCut) {
  const uint64_t seed = this->seed();
  SCOPED_TRACE("HEAPREEL_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  record_random(random);
  if (HasFatalFailure()) return;
  std::vector<char> bytes = read_file(path());
  bytes.resize(bytes.size() / 2);  // what follows the last game frame is less than half
  const PipedInput input(bytes, 4'096);
  const Reel reel = open_reel("-");
  EXPECT_EQ(completeness(reel.info()), kIncomplete);
  ASSERT_FALSE(reel.game_frames().empty());
  ASSERT_LT(reel.game_frames().size(), kGameFrames);
  for (const GameFrameRow& row : reel.game_frames()) expect_shows(reel, row.number);
}

TEST_F(StandardInputTest, WhatIsNoReelIsSaidToBeNone) {
  for (const char* text : {"", "This is no reel, but it is as long as the shortest of them might be.\n"}) {
    const PipedInput input({text, text + std::char_traits<char>::length(text)}, 10);
    try {
      open_reel("-");
      ADD_FAILURE() << "it was opened";
    } catch (const CommandError& error) {
      EXPECT_EQ(error.status(), kUnreadable);
      EXPECT_TRUE(std::string_view(error.what()).starts_with("-: ")) << error.what();
    }
  }
}

}  // namespace
}  // namespace heapreel::tools
