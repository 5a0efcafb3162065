// The first game frame in which something holds: "the first bad one".
#pragma once

#include <optional>
#include <string>

#include "snapshot/reel/read/reel.h"
#include "tools/command/read/game_frame_figure.h"

namespace heapreel::tools {

// The parts of "domain:AI live > 10MiB": a name, a figure, a comparison and a value. Without a name it is about the
// whole program.
struct GameFrameQuestion {
  std::string name = "*";
  const GameFrameFigure* figure = nullptr;
  std::string comparison;  // > >= < <= == !=
  uint64_t value = 0;

  // Throws a usage error.
  static GameFrameQuestion from(const std::string& text);
  bool holds(uint64_t of) const;
};

struct FirstGameFrame {
  std::optional<GameFrameRow> found;   // with the figures of the question's name
  std::optional<GameFrameRow> before;  // the one before it, or the last one looked at
};

// Among game frames `first` to `last`. Throws ReelError.
FirstGameFrame first_game_frame(const Reel& reel, const GameFrameQuestion& question, uint32_t first, uint32_t last);

std::string first_game_frame_text(const Reel& reel, const GameFrameQuestion& question, const FirstGameFrame& answer);
std::string first_game_frame_json(const std::string& path, const Reel& reel, const GameFrameQuestion& question,
                                  const FirstGameFrame& answer);

}  // namespace heapreel::tools
