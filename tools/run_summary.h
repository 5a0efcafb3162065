// What `heapreel run` says at the end, on stderr.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/tracer_state.h"
#include "tools/child_process.h"
#include "tools/run_figures.h"

namespace heapreel::tools {

struct RunSummary {
  std::vector<std::string> words;  // of the program's command line
  int process_id = 0;
  Ending ending;
  double seconds = 0;
  uint32_t threads = 0;
  uint64_t tracer_bytes = 0;
  double consolidator_seconds = 0;
  engine::EndReason ended = engine::EndReason::kNotEnded;
  uint64_t unrecorded = 0;
  std::string reel;  // its file; empty: none was written
  uint64_t reel_bytes = 0;
};

// The line that names the program and its end.
std::string ending_line(const RunSummary& summary);
// All of it, lines with their newlines.
std::string summary_text(const RunSummary& summary, const RunFigures& figures);

}  // namespace heapreel::tools
