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
#pragma once

#include <memory>
#include <string>

#include "snapshot/reel/read/reel.h"

namespace heapreel {

// For one thread, as is the reel that it shows. It also reads reels that are finished.
class ReelFollower {
 public:
  // Throws ReelError when the file cannot be opened, or has no header yet.
  explicit ReelFollower(const std::string& path, ReelOptions options = {});

  using News = ReelContents::Growth;
  // Takes in the new whole game frames. References into reel() are invalid afterwards, while walks and replays of it go
  // on. With kAnew the game frames have other rows than before, and a replay has to begin again.
  News update();

  // As of the last update().
  const Reel& reel() const { return reel_; }
  // Whether nothing more will be written, as of the last update().
  bool is_over() const { return !reel_.info().being_written; }

 private:
  std::shared_ptr<ReelInput> input_;
  std::shared_ptr<ReelContents> contents_;
  Reel reel_;
};

}  // namespace heapreel
