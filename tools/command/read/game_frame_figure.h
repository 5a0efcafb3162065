// The figures of a game frame that can be asked for by name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "snapshot/reel/format/reel_info.h"

namespace heapreel::tools {

struct GameFrameFigure {
  std::string_view name;  // "allocs", "live"
  uint64_t GameFrameRow::*value;
  bool is_bytes;
};

// "allocs, frees, allocated, freed, live, live_blocks"
std::string game_frame_figure_names();
// Null when there is none.
const GameFrameFigure* find_game_frame_figure(std::string_view name);
// The same; throws a usage error that begins with `where`.
const GameFrameFigure& game_frame_figure(std::string_view where, std::string_view name);

// "10.2 MiB", "1,200"
std::string figure_value_text(const GameFrameFigure& figure, uint64_t value);

}  // namespace heapreel::tools
