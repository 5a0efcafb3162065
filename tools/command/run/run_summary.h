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

  // What is missing in the reel, a sentence each; empty when nothing is.
  std::vector<std::string> gaps(const RunFigures& figures) const;
  bool is_complete(const RunFigures& figures) const { return gaps(figures).empty(); }
};

// What makes the figures incomplete, a line each; empty when they are complete.
std::string doubts_text(const RunSummary& summary, const RunFigures& figures);

// The line with the program and how it ended.
std::string ending_line(const std::vector<std::string>& words, int process, const Ending& ending, double seconds);
// What follows when the program started other processes, which are not recorded; otherwise empty.
std::string children_text(const Ending& ending);
// The figures, lines with their newlines.
std::string summary_text(const RunSummary& summary, const RunFigures& figures);
// The last line: which reel was written, and what to type next. Empty when there is none.
std::string next_text(const RunSummary& summary);

}  // namespace heapreel::tools
