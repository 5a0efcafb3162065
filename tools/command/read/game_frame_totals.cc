#include "tools/command/read/game_frame_totals.h"

namespace heapreel::tools {

GameFrameTotals GameFrameTotals::of(const std::vector<GameFrameRow>& rows) {
  GameFrameTotals totals;
  for (const GameFrameRow& row : rows) {
    ++totals.game_frames;
    totals.merged += row.merged ? 1 : 0;
    totals.partial += row.partial ? 1 : 0;
    totals.allocs += row.allocs;
    totals.frees += row.frees;
    totals.reallocs += row.reallocs;
    totals.alloc_bytes += row.alloc_bytes;
    totals.freed_bytes += row.freed_bytes;
    if (!totals.first) totals.first = row;
    totals.last = row;
    if (!totals.most_live || row.live_bytes > totals.most_live->live_bytes) totals.most_live = row;
  }
  return totals;
}

}  // namespace heapreel::tools
