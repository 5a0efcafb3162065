// The last game frames of a reel, which may be one that is followed.
//
//   ReelFollower follower(path, options, TopWindow::kMostStillsAtOnce);
//   while (follower.has_more()) {
//     TopWindow::pass_over(follower, length);
//     follower.update();
//   }
//   TopWindow window(follower.reel(), length, skip_list);
//   for (;; wait()) {
//     window.take_in();
//     window.forget_in(follower);
//     if (!follower.has_more()) use(window.figures());
//     if (follower.update() == ReelFollower::News::kAnew) begin_again();  // with pass_over()
//   }
//
// The memory of both does not grow with the recording: it follows the window, the program's heap and its call sites, and
// while the reel is read up to the window, the distance of two states that need no earlier one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include <heapreel/skip_list.h>

#include "snapshot/model/frame_picker.h"
#include "snapshot/reel/read/reel_follower.h"
#include "tools/command/watch/top_figures.h"

namespace heapreel::tools {

// One thread. Throws ReelError when a state is damaged.
class TopWindow {
 public:
  // It has at most `window` game frames. `reel`, which outlives it, is read from the last state before the window that
  // needs no earlier one. When a follower says that game frames have other rows than before, a new window has to begin.
  TopWindow(const Reel& reel, uint32_t window, const SkipList& skip_list);

  static constexpr size_t kMostStillsAtOnce = 1024;  // that are read before what was read is forgotten
  static constexpr size_t kMostBars = 30;            // game frames that are drawn, whatever the window's length

  // Forgets what no window of this length will ask for that is made now, or after further updates.
  static void pass_over(ReelFollower& follower, uint32_t window);
  // Forgets what this window does not ask for again. The follower is that of its reel.
  void forget_in(ReelFollower& follower) const;

  // Takes in the game frames that the reel has by now; the cost follows what happened in them.
  void take_in();
  TopFigures figures();

 private:
  struct Row {
    size_t row;
    std::vector<SiteChange> changes;
  };

  void take(const ReelReplay& replay);
  void begin_with(const ReelReplay& replay);
  void leave(const Row& row);
  size_t place_of(uint32_t site);

  const Reel& reel_;
  const uint32_t window_;
  ReelReplay replay_;
  bool has_row_ = false;
  size_t from_ = 0;
  size_t to_ = 0;
  std::deque<Row> rows_;
  std::vector<TopSite> sites_;
  FramePicker picker_;
  std::map<Frame, size_t> places_;  // in the order in which they were met
  std::vector<size_t> place_by_site_;
};

}  // namespace heapreel::tools
