// The process that records one traced process. `run` forks one for every process that it records, because the place of
// an arena is fixed and each arena is consolidated by itself. Whatever happens to a recording affects neither `run`,
// nor the traced program, nor another recording.
//
// They talk over a socket pair, the channel. `run` sends RunNotes. The recorder sends its texts in pieces and, last,
// its figures. A recorder whose `run` is gone goes on until its process has ended.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/command/console/exit_status.h"
#include "tools/command/run/run_reel.h"
#include "tools/command/run/traced_run.h"

namespace heapreel::tools {

struct RecorderTask {
  pid_t process = 0;
  int process_fd = -1;  // pidfd; -1: none, then only the run tells that the process has ended
  // Whether the process is a child of the run, which then tells how it ended.
  bool run_tells_end = false;
  int arena_fd = -1;
  TracedRun::OtherRuns other_runs = TracedRun::OtherRuns::kNone;
  ReelPlan plan;
};

// The plain part of what a recorder reports at its end.
struct RecorderFigures {
  bool traced = false;  // whether the tracer ran in the process at all
  bool is_of_another_version = false;
  bool complete = false;  // the reel holds everything that happened
  bool written = false;
  bool replaced = false;  // the recording ended where the process executed another program
  ExitStatus budgets = kOk;
  uint64_t allocs = 0;
  uint64_t frees = 0;
  uint64_t live_bytes = 0;
  uint64_t peak_bytes = 0;
  double seconds = 0;
};

struct RecorderReport : RecorderFigures {
  std::string ending;   // how the recording ended, in words
  std::string doubts;   // what makes the figures incomplete; lines with their newlines
  std::string summary;  // everything that `run` prints about one recording below its first line
};

// The run's side of a recorder. The recorder goes on when this is destroyed.
class RecorderProcess {
 public:
  // Forks it. `close_there` are our descriptors that it must not keep. Those in the task still belong to the caller.
  // When there is no process or descriptor for it, is_there() is false.
  RecorderProcess(const RecorderTask& task, std::vector<int> close_there);
  ~RecorderProcess();
  RecorderProcess(RecorderProcess&& other) noexcept;
  RecorderProcess& operator=(RecorderProcess&& other) noexcept;

  bool is_there() const { return id_ > 0; }
  int fd() const { return channel_fd_; }  // readable when there is something to collect
  pid_t recorded_process() const { return recorded_; }

  // Tells the recorder that the recorded process has ended, with a status as waitpid gives it; empty when the status
  // is not known.
  void tell_end(std::optional<int> wait_status) const;
  // Tells the recorder that the process goes on and must no longer be recorded.
  void stop_recording() const;
  // Ends the recorder at once; its reel ends where it is.
  void kill() const;

  // Reads what the recorder has sent, without waiting. True once the recorder has ended; report() is then final, and
  // empty if it died.
  bool collect();
  const std::optional<RecorderReport>& report() const { return report_; }
  // "signal 11 (SIGSEGV)": of a recorder that has ended without a report.
  const std::string& death() const { return death_; }

 private:
  void take(const char* message, size_t bytes);

  pid_t id_ = -1;
  pid_t recorded_ = 0;
  int channel_fd_ = -1;
  RecorderReport growing_;
  std::optional<RecorderReport> report_;
  std::string death_;
};

}  // namespace heapreel::tools
