// One traced program: its memory for events is ours, and so the consolidating is done here, up to its last event,
// whatever ends it.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/consolidator.h"
#include "engine/tracer_state.h"
#include "tools/child_process.h"
#include "tools/run_options.h"

namespace heapreel::tools {

class TracedRun {
 public:
  // Starts the program. Throws a CommandError when that cannot be; then nothing was started.
  explicit TracedRun(const RunOptions& options);
  ~TracedRun();
  TracedRun(const TracedRun&) = delete;
  TracedRun& operator=(const TracedRun&) = delete;

  pid_t process_id() const { return child_->id(); }

  // Waits until the tracer runs in the program. Null when the program ended without it.
  engine::TracerState* wait_for_tracer();

  // Consolidates until the program has ended and everything it published is stored and told to `listener`. The last
  // state, which stays.
  engine::FrozenTraces consolidate(engine::CutListener& listener);

  const Ending& ending() const { return child_->ending(); }
  double seconds() const;
  uint64_t ended_ns() const { return ended_ns_; }  // monotonic

 private:
  int arena_fd_ = -1;
  uint64_t started_ns_ = 0;
  uint64_t ended_ns_ = 0;
  engine::TracerState* state_ = nullptr;
  std::unique_ptr<ChildProcess> child_;
};

}  // namespace heapreel::tools
