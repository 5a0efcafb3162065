// A reel that is being written, read on from where it was.
//
//   ReelFollower follower(path);
//   ReelReplay replay = follower.reel().replay();
//   for (;; wait()) {
//     if (follower.update() == ReelFollower::News::kAnew) begin_again();  // with another replay
//     while (replay.next()) use(replay.changes());
//     if (follower.is_over()) break;
//   }
//
// An update costs what was written since the one before: neither what was read already nor what lives is looked at again.
#pragma once

#include <memory>
#include <string>

#include "snapshot/reel/read/reel.h"

namespace heapreel {

// One thread, and so is the reel that it shows. It also reads reels that are finished.
class ReelFollower {
 public:
  // Throws ReelError when the file cannot be opened, or has no header yet.
  explicit ReelFollower(const std::string& path, ReelOptions options = {});

  using News = ReelContents::Growth;
  // Takes in what is new in whole game frames. Afterwards references into reel() are void, while walks and replays of it
  // go on. With kAnew the rows of game frames are others than before, and a replay has to begin again.
  News update();

  // As of the last update().
  const Reel& reel() const { return reel_; }
  // Whether nothing more will come, of what the last update() saw.
  bool is_over() const { return !reel_.info().being_written; }

 private:
  std::shared_ptr<ReelInput> input_;
  std::shared_ptr<ReelContents> contents_;
  Reel reel_;
};

}  // namespace heapreel
