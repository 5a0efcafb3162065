// `heapreel run` of one program: this process waits for the program and passes signals and its status on. A recorder
// (recorder_process.h) does the rest. Neither the program's life nor its status depends on the recorder.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "tools/command/run/child_process.h"
#include "tools/command/run/recorder_process.h"
#include "tools/command/run/run_options.h"

namespace heapreel::tools {

// Why a program cannot be recorded, although it can be run. Thrown before it was started.
class NotRecordable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class SingleProgramRun {
 public:
  // Starts the program. Throws NotRecordable, or a CommandError when it cannot be executed.
  explicit SingleProgramRun(const RunOptions& options);
  ~SingleProgramRun();
  SingleProgramRun(const SingleProgramRun&) = delete;
  SingleProgramRun& operator=(const SingleProgramRun&) = delete;

  // Waits until the program and its recorder have ended. When a second signal to end comes after the program has ended,
  // it ends the recorder where it is.
  void wait();

  pid_t process() const { return child_.id(); }
  const std::string& reel() const { return reel_; }
  const Ending& ending() const { return child_.ending(); }
  // The recorder's report; empty when the recorder died or could not be made, which failure() then says.
  const std::optional<RecorderReport>& report() const { return recorder_.report(); }
  std::string failure() const;
  // The length of the recording or, when there was none, of the program.
  double seconds() const;

 private:
  RecorderTask task(const RunOptions& options) const;
  bool look_after_recorder();
  void look_after_program();

  const uint64_t started_ns_;
  const int arena_fd_;
  ChildProcess child_;
  const int process_fd_;
  std::string reel_;
  RecorderProcess recorder_;
  const bool had_recorder_;
  bool recorder_ended_ = false;
  bool was_killed_ = false;
  uint64_t ended_ns_ = 0;
};

}  // namespace heapreel::tools
