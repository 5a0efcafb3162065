// A copy of a reel that grows piece by piece, as a reel does that is being written, and what a follower made of it.
#pragma once

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "snapshot/reel/read/reel_follower.h"

namespace heapreel::testing {

inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class GrownReel {
 public:
  // Holds the lock of a writer.
  explicit GrownReel(std::string path) : path_(std::move(path)) {
    fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    flock(fd_, LOCK_EX);
  }
  ~GrownReel() {
    close_file();
    unlink(path_.c_str());
  }
  GrownReel(const GrownReel&) = delete;
  GrownReel& operator=(const GrownReel&) = delete;

  const std::string& path() const { return path_; }
  void add(std::string_view bytes) const {
    ASSERT_EQ(write(fd_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  void cut_to(off_t size) const { ASSERT_EQ(ftruncate(fd_, size), 0); }
  // The writer is gone.
  void close_file() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  const std::string path_;
  int fd_ = -1;
};

// A game frame of a replay.
struct SeenRow {
  size_t first_row = 0;
  size_t row = 0;
  bool cleared = false;
  std::vector<SiteChange> changes;
  uint64_t live_blocks = 0;

  friend bool operator==(const SeenRow& a, const SeenRow& b) {
    const auto same = [](const SiteChange& x, const SiteChange& y) {
      return x.site == y.site && x.allocs == y.allocs && x.alloc_bytes == y.alloc_bytes && x.frees == y.frees &&
             x.freed_bytes == y.freed_bytes && x.temporary_blocks == y.temporary_blocks &&
             x.forgotten_blocks == y.forgotten_blocks && x.live_bytes == y.live_bytes;
    };
    return a.first_row == b.first_row && a.row == b.row && a.cleared == b.cleared && a.live_blocks == b.live_blocks &&
           std::equal(a.changes.begin(), a.changes.end(), b.changes.begin(), b.changes.end(), same);
  }
};

inline void see_more(ReelReplay& replay, std::vector<SeenRow>& seen) {
  while (replay.next()) {
    seen.push_back({.first_row = replay.first_row(),
                    .row = replay.row(),
                    .cleared = replay.cleared(),
                    .changes = {replay.changes().begin(), replay.changes().end()},
                    .live_blocks = replay.blocks().count()});
  }
}

// Follows, and begins again where that is needed.
class Following {
 public:
  explicit Following(const std::string& path) : follower_(path) { begin(); }

  ReelFollower::News update() {
    const ReelFollower::News news = follower_.update();
    if (news == ReelFollower::News::kAnew) begin();
    see_more(*replay_, seen_);
    return news;
  }
  const std::vector<SeenRow>& seen() const { return seen_; }
  const ReelFollower& follower() const { return follower_; }

 private:
  void begin() {
    seen_.clear();
    replay_.reset(new ReelReplay(follower_.reel().replay()));
    see_more(*replay_, seen_);
  }

  ReelFollower follower_;
  std::unique_ptr<ReelReplay> replay_;
  std::vector<SeenRow> seen_;
};

inline void expect_same(const Following& following, const Reel& whole) {
  std::vector<SeenRow> expected;
  ReelReplay replay = whole.replay();
  see_more(replay, expected);
  EXPECT_EQ(following.seen().size(), expected.size());
  EXPECT_TRUE(following.seen() == expected);
  const Reel& reel = following.follower().reel();
  const ReelInfo& info = reel.info();
  EXPECT_TRUE(info.complete);
  EXPECT_FALSE(info.being_written);
  EXPECT_FALSE(info.recovered);
  EXPECT_EQ(info.game_frames, whole.info().game_frames);
  EXPECT_EQ(info.merged_game_frames, whole.info().merged_game_frames);
  EXPECT_EQ(info.generations, whole.info().generations);
  EXPECT_EQ(info.totals.allocs, whole.info().totals.allocs);
  EXPECT_EQ(info.totals.frees, whole.info().totals.frees);
  EXPECT_EQ(info.totals.live_bytes, whole.info().totals.live_bytes);
  EXPECT_EQ(info.totals.peak_bytes, whole.info().totals.peak_bytes);
  EXPECT_EQ(info.totals.peak_game_frame, whole.info().totals.peak_game_frame);
  EXPECT_EQ(info.sites, whole.info().sites);
  ASSERT_EQ(reel.game_frames().size(), whole.game_frames().size());
  for (size_t row = 0; row < whole.game_frames().size(); ++row) {
    EXPECT_EQ(reel.game_frames()[row].number, whole.game_frames()[row].number);
    EXPECT_EQ(reel.game_frames()[row].allocs, whole.game_frames()[row].allocs);
    EXPECT_EQ(reel.game_frames()[row].live_bytes, whole.game_frames()[row].live_bytes);
  }
  ASSERT_EQ(reel.marks().size(), whole.marks().size());
  for (size_t mark = 0; mark < whole.marks().size(); ++mark) {
    EXPECT_EQ(reel.marks()[mark].game_frame, whole.marks()[mark].game_frame);
    ASSERT_EQ(reel.marks()[mark].has_state, whole.marks()[mark].has_state);
    if (!whole.marks()[mark].has_state) continue;
    EXPECT_EQ(reel.at_mark(mark)->block_count(), whole.at_mark(mark)->block_count());
  }
}

}  // namespace heapreel::testing
