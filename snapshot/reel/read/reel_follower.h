// Reads a reel that is being written, and goes on where it was.
//
//   ReelFollower follower(path);
//   ReelReplay replay = follower.reel().replay();
//   for (;; wait()) {
//     if (follower.update() == ReelFollower::News::kAnew) begin_again();  // with another replay
//     while (replay.next()) use(replay.changes());
//     if (follower.is_over()) break;
//   }
//
// The cost of an update follows what was written since the one before: neither what was read already nor what lives is
// looked at again.
// Whoever has to follow for hours in bounded memory takes in a bounded number of game frames at a time, and forgets:
//
//   do {
//     follower.update();
//     while (replay.next()) use(replay.changes());
//     follower.forget_before(replay.position(), replay.row());
//   } while (follower.has_more());
#pragma once

#include <memory>
#include <string>

#include "snapshot/reel/read/reel.h"

namespace heapreel {

// For one thread, as is the reel that it shows. It also reads reels that are finished.
class ReelFollower {
 public:
  // Throws ReelError when the file cannot be opened, or has no header yet. `most_at_once`: how many stills an update takes
  // in at most, and this as well (ReelContents::grow()). While there are more, is_over() does not hold.
  explicit ReelFollower(const std::string& path, ReelOptions options = {}, size_t most_at_once = SIZE_MAX);

  using News = ReelContents::Growth;
  // Takes in the new whole game frames. References into reel() are invalid afterwards, while walks and replays of it go
  // on. With kAnew the game frames have other rows than before, and a replay has to begin again.
  News update();
  // Whether the update left game frames of the file for the next one, which looks at nothing newer then.
  bool has_more() const { return contents_->has_more(); }
  // Neither the replays of reel() nor whoever reads it otherwise ask for what came before again: see ReelContents.
  void forget_before(size_t still, size_t row) { contents_->forget_before(still, row); }
  // Reads from the beginning, which may be forgotten: as an update() that returned kAnew.
  void begin_again() { contents_->begin_again(*input_, most_at_once_); }

  // The reel as the last update() found it.
  const Reel& reel() const { return reel_; }
  // Whether nothing more will be written, as of the last update().
  bool is_over() const { return !reel_.info().being_written; }

 private:
  std::shared_ptr<ReelInput> input_;
  std::shared_ptr<ReelContents> contents_;
  Reel reel_;
  size_t most_at_once_;
};

}  // namespace heapreel
