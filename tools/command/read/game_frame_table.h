// A range of game frames, as a table or JSON.
#pragma once

#include <string>
#include <vector>

#include "snapshot/reel/read/reel.h"

namespace heapreel::tools {

// The game frames of a range: those that are shown in a row of their own, and those that are only summed up.
struct GameFrameView {
  std::vector<GameFrameRow> all;  // by number, ascending
  std::vector<GameFrameRow> shown;
  std::vector<GameFrameRow> not_shown;

  // Shows the `most` game frames with the highest values of a figure, in the order of their numbers. Of game frames
  // with equal values the earlier ones are shown.
  static GameFrameView of(std::vector<GameFrameRow> all, size_t most, uint64_t GameFrameRow::*figure);
};

std::string game_frame_table(const Reel& reel, const GameFrameView& view);
// `of` says whose figures these are, in the form of a budget's name.
std::string game_frame_json(const std::string& path, const std::string& of, const Reel& reel,
                            const GameFrameView& view);

}  // namespace heapreel::tools
