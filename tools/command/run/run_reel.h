// The reel of a run: a recorder and its file.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "snapshot/reel/write/reel_recorder.h"
#include "tools/command/gate/budget_file.h"
#include "tools/command/run/preload_path.h"

namespace heapreel::tools {

// What should be recorded, and where to.
struct ReelPlan {
  std::string path;
  bool overwrite = false;
  uint64_t max_bytes = 0;  // of the file; 0 = no limit
  std::string program;
  std::vector<std::string> words;  // of its command line
  Allocator allocator = Allocator::kMimalloc;
  std::string frame_at = {};  // the function at which game frames end, if one was named
  // Whether the program waits for a reel that cannot keep up, so that every game frame has a state.
  bool every_game_frame = false;
  std::optional<BudgetFile> budgets = {};
  // The process had run before its recording began, and frees blocks that are not in the record. When it is detached,
  // that is no early end.
  bool is_attached = false;
};

class RunReel {
 public:
  // Opens the file; error() says when that failed. `watch`, which may be null, sees what is written until finish()
  // returns.
  RunReel(engine::TracerState& tracer, const ReelPlan& plan, pid_t process, GameFrameWatch* watch);

  // Null when there is no file to write to.
  engine::CutListener* listener() { return recorder_ ? &*recorder_ : nullptr; }

  // Writes the rest: the last state, and how the process ended.
  void finish(const engine::FrozenTraces& last, const ReelEnd& end);

  const std::string& path() const { return path_; }
  uint64_t bytes() const { return writer_.bytes(); }
  // Game frames that have sums only, because the writing lagged.
  uint64_t merged() const { return recorder_ ? recorder_->merged() : 0; }
  bool is_open() const { return recorder_.has_value(); }
  // What went wrong first; empty: nothing did.
  const std::string& error() const { return error_; }

 private:
  std::string path_;
  ReelWriter writer_;
  std::optional<ReelRecorder> recorder_;
  std::string error_;
};

}  // namespace heapreel::tools
