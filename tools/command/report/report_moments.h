// The game frames that a report's three sentences are about, chosen by rules.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "tools/command/report/report_rows.h"

namespace heapreel::tools {

// Rows of the page (ReportRows). Each has a state of its own.
struct ReportMoments {
  size_t peak = 0;  // ends with the most live bytes, the first of them
  // Growth is looked at from here ...
  size_t from = 0;  // the first one after a sixth of the game frames, which is when most programs have started up
  size_t to = 0;    // ... to here: the last whole game frame, before the program shut down
  // The game frame with the most allocations among the whole ones after the first. Nothing when there is none.
  std::optional<size_t> worst;

  // At least one of `rows` is not merged. A program that ends its own game frames shuts down after the last one. When a
  // timer ends them (`by_clock`), the program may free everything in the last ones: those are not looked at.
  static ReportMoments of(const std::vector<ReportRow>& rows, bool by_clock);
};

}  // namespace heapreel::tools
