// What `heapreel top` shows of a reel: its last game frames, and what grows in them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <heapreel/skip_list.h>

#include "snapshot/reel/read/reel.h"

namespace heapreel::tools {

struct TopLine {
  Frame frame = Frame("", 0);  // of a line of the program
  uint64_t live_bytes = 0;
  int64_t growth = 0;        // of live bytes, over the window
  uint64_t allocs = 0;       // in the window, and so below
  uint64_t short_lived = 0;  // blocks freed in the game frame they were allocated in
};

struct TopFigures {
  // The window: rows `from` (not included) to `to` of Reel::game_frames(), both with a state of their own. One row alone
  // where there are no more.
  size_t from = 0;
  size_t to = 0;
  std::vector<TopLine> lines;        // by place, in the order of frames
  std::vector<std::string> budgets;  // those that are certainly over their limit: a text each

  uint64_t game_frames() const { return to - from; }

  // `window` game frames at most. Throws ReelError when a state is damaged.
  static TopFigures of(const Reel& reel, uint32_t window, const SkipList& skip_list);
};

}  // namespace heapreel::tools
