// Records one process: everything that it publishes is consolidated, counted, and written to its reel.
#pragma once

#include <optional>
#include <string>

#include "tools/command/gate/gate_result.h"
#include "tools/command/run/run_budgets.h"
#include "tools/command/run/run_figures.h"
#include "tools/command/run/run_reel.h"
#include "tools/command/run/run_summary.h"
#include "tools/command/run/traced_run.h"
#include "tools/command/text/stray_free_text.h"

namespace heapreel::tools {

class Recording {
 public:
  // `state` is the tracer that runs in the process. Returns when the process has left. `told` says which frees of
  // blocks that are not in the record the summary names, which means looking up names.
  Recording(TracedRun& run, engine::TracerState& state, const ReelPlan& plan, StrayFrees told);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  const RunSummary& summary() const { return summary_; }
  const RunFigures& figures() const { return figures_; }
  // Whether the budgets were kept; nothing when there are none.
  const std::optional<GateResult>& judged() const { return judged_; }

 private:
  ReelEnd reel_end(const TracedRun& run, const engine::TracerState& state) const;

  const uint64_t processor_ns_before_;  // of this process
  const std::string frame_at_;
  int program_fd_;
  RunJudge budgets_;
  RunReel reel_;
  RunFigures figures_;
  RunSummary summary_;
  std::optional<GateResult> judged_;
};

}  // namespace heapreel::tools
