// The reel of a run: a recorder and its file.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "snapshot/reel_recorder.h"
#include "tools/child_process.h"
#include "tools/run_options.h"

namespace heapreel::tools {

class RunReel {
 public:
  // Opens the file; error() says when that cannot be.
  RunReel(engine::TracerState& tracer, const RunOptions& options, pid_t process);

  // Null when there is no file to write to.
  engine::CutListener* listener() { return recorder_ ? &*recorder_ : nullptr; }

  // Writes the rest: the last state, and how it ended.
  void finish(const engine::FrozenTraces& last, const ReelEnd& end);

  const std::string& path() const { return path_; }
  uint64_t bytes() const { return writer_.bytes(); }
  bool is_open() const { return recorder_.has_value(); }
  // What went wrong first; empty: nothing did.
  const std::string& error() const { return error_; }

 private:
  std::string path_;
  ReelWriter writer_;
  std::optional<ReelRecorder> recorder_;
  std::string error_;
};

// How a process ended, as reels say it.
void set_ending(ReelEnd& end, const Ending& ending);

}  // namespace heapreel::tools
