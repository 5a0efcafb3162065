// The last game frames of a reel, which may be one that is followed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include <heapreel/skip_list.h>

#include "snapshot/model/frame_picker.h"
#include "snapshot/reel/read/reel.h"
#include "tools/command/watch/top_figures.h"

namespace heapreel::tools {

// One thread. Throws ReelError when a state is damaged.
class TopWindow {
 public:
  // It has at most `window` game frames. `reel`, which outlives it, is read from the last state before the window that
  // needs no earlier one. When a follower says that game frames have other rows than before, a new window has to begin.
  TopWindow(const Reel& reel, uint32_t window, const SkipList& skip_list);

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
