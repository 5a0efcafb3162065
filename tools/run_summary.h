// What `heapreel run` says at the end, on stderr.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "snapshot/reel_info.h"
#include "tools/child_process.h"
#include "tools/run_figures.h"

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
};

// "the memory budget was spent ...", for a reel's or a run's tracing_ended that is not 0.
const char* tracing_end_text(uint32_t reason);

// The line that names the program and its end.
std::string ending_line(const RunSummary& summary);
// All of it, lines with their newlines.
std::string summary_text(const RunSummary& summary, const RunFigures& figures);

}  // namespace heapreel::tools
