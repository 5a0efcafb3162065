// The screen of `heapreel top`, as plain lines.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "snapshot/reel/read/reel.h"
#include "tools/command/watch/top_figures.h"

namespace heapreel::tools {

enum class TopOrder { kGrowth, kLive, kAllocs };

struct TopView {
  size_t columns = 80;  // 0: no limit
  size_t lines = 24;
  TopOrder order = TopOrder::kGrowth;
  bool paused = false;
  bool interactive = false;  // shows the keys
};

// At most view.lines lines of at most view.columns characters, safe to show.
std::vector<std::string> top_text(const std::string& path, const Reel& reel, const TopFigures& figures,
                                  const TopView& view);

}  // namespace heapreel::tools
