// What `heapreel top` shows of a reel: its last game frames, and what grows in them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "snapshot/reel/read/reel.h"

namespace heapreel::tools {

struct TopLine {
  Frame frame = Frame("", 0);  // of a line of the program
  uint64_t live_bytes = 0;
  int64_t growth = 0;        // of live bytes, over the window
  uint64_t allocs = 0;       // in the window, as the figures below
  uint64_t short_lived = 0;  // blocks freed in the game frame they were allocated in
};

// What a site did in the window, and what of it lives at the window's end.
struct TopSite {
  uint64_t live_bytes = 0;
  int64_t growth = 0;  // of live bytes
  uint64_t allocs = 0;
  uint64_t alloc_bytes = 0;
  uint64_t short_lived = 0;
};

struct TopFigures {
  // The window: rows `from` (not included) to `to` of Reel::game_frames(), as it was when the figures were made, both with
  // a state of their own. A single row when there are no more.
  size_t from = 0;
  size_t to = 0;
  std::vector<TopLine> lines;        // by place, in the order of frames
  std::vector<std::string> budgets;  // those that certainly exceed their limit: a text each

  uint64_t game_frames() const { return to - from; }
};

// The budgets that certainly exceed their limit: a text each. `sites` did this in so many game frames.
std::vector<std::string> top_breaches(const Reel& reel, const std::vector<TopSite>& sites, uint64_t game_frames);

}  // namespace heapreel::tools
