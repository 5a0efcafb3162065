// What `heapreel run` says at the end, on stderr.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "snapshot/reel/format/reel_info.h"
#include "tools/command/run/run_figures.h"
#include "tools/command/text/ending.h"

namespace heapreel::tools {

struct RunSummary {
  std::vector<std::string> words;  // of the program's command line
  int process_id = 0;
  Ending ending;
  double seconds = 0;
  uint32_t threads = 0;
  ReelEnd end;       // the tracer's costs and failures
  std::string reel;  // its file; empty: none was written
  uint64_t reel_bytes = 0;
  uint64_t merged_game_frames = 0;
  std::string stray_frees;  // where blocks were freed that are not in the record, a line each
  std::string reel_error;   // what ended it early; empty: nothing did

  // What keeps the reel from holding everything that happened, a sentence each; empty when it does.
  std::vector<std::string> gaps(const RunFigures& figures) const;
  bool is_complete(const RunFigures& figures) const { return gaps(figures).empty(); }
};

// What keeps the figures from being the whole truth, a line each; empty when they are.
std::string doubts_text(const RunSummary& summary, const RunFigures& figures);

// The line that names the program and its end.
std::string ending_line(const std::vector<std::string>& words, int process, const Ending& ending, double seconds);
// What follows it where the program started others that are not recorded; else empty.
std::string children_text(const Ending& ending);
// The figures, lines with their newlines.
std::string summary_text(const RunSummary& summary, const RunFigures& figures);
// The last line: which reel there is, and what to type next. Empty without one.
std::string next_text(const RunSummary& summary);

}  // namespace heapreel::tools
