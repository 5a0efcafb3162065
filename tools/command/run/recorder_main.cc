#include "tools/command/run/recorder_main.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>

#include "engine/record/recording_end.h"
#include "tools/command/run/followed_process.h"
#include "tools/command/run/recorder_messages.h"
#include "tools/command/run/recording.h"
#include "tools/command/run/run_crosscheck.h"
#include "tools/command/run/signal_relay.h"

namespace heapreel::tools {
namespace {

constexpr const char* kNoRoom =
    "incomplete: what the program recorded was lost, and no reel was written: the recording process had no address "
    "space left to read it (prlimit --as, ulimit -v)\n";

constexpr const char* kNotAsked =
    "              the exit status does not say so: `run --budgets declared` lets the program's own budgets decide\n";

// When the run is gone, there is nobody to tell; the reel is complete without it.
void send_message(int fd, RecorderMessage kind, const void* content, size_t bytes) {
  char message[kMostMessageBytes];
  const auto number = static_cast<uint32_t>(kind);
  std::memcpy(message, &number, sizeof number);
  std::memcpy(message + sizeof number, content, bytes);
  while (send(fd, message, sizeof number + bytes, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

void send_text(int fd, RecorderMessage kind, std::string text) {
  constexpr size_t kPieceBytes = kMostMessageBytes - sizeof(uint32_t);
  constexpr std::string_view kCut = "... (cut)\n";
  if (text.size() > kMostReportedBytes) text.replace(kMostReportedBytes - kCut.size(), std::string::npos, kCut);
  for (size_t sent = 0; sent < text.size(); sent += kPieceBytes) {
    send_message(fd, kind, text.data() + sent, std::min(kPieceBytes, text.size() - sent));
  }
}

void send_report(int fd, const RecorderReport& report) {
  send_text(fd, RecorderMessage::kEnding, report.ending);
  send_text(fd, RecorderMessage::kDoubts, report.doubts);
  send_text(fd, RecorderMessage::kSummary, report.summary);
  const RecorderFigures& figures = report;
  send_message(fd, RecorderMessage::kFigures, &figures, sizeof figures);
}

std::string printed_text(const Recording& recording, const ReelPlan& plan, const engine::TracerState& state) {
  const RunSummary& summary = recording.summary();
  std::string text = summary_text(summary, recording.figures());
  if (recording.judged()) text += gate_text(*recording.judged());
  if (recording.judged() && !plan.budgets && recording.judged()->status_unasked() == kGateFailed) text += kNotAsked;
  text += next_text(summary);
  if (state.crosscheck != nullptr) text += crosscheck_text(*state.crosscheck, *state.modules);
  return text;
}

RecorderReport report_of(const Recording& recording, const ReelPlan& plan, const engine::TracerState& state) {
  const RunSummary& summary = recording.summary();
  const engine::Totals& totals = recording.figures().totals();
  RecorderReport report;
  report.traced = true;
  report.complete = summary.is_complete(recording.figures());
  report.written = !summary.reel.empty();
  report.replaced = summary.ending.kind == ReelEnding::kExecuted;
  if (const auto& judged = recording.judged(); judged && plan.budgets) report.budgets = judged->status();
  report.allocs = totals.allocs;
  report.frees = totals.frees;
  report.live_bytes = totals.live_bytes;
  report.peak_bytes = totals.peak_bytes;
  report.seconds = summary.seconds;
  report.ending = summary.ending.text();
  report.doubts = summary.stray_frees + doubts_text(summary, recording.figures());
  report.summary = printed_text(recording, plan, state);
  return report;
}

RecorderReport record(const RecorderTask& task, int channel_fd) {
  FollowedProcess process(task.process, task.process_fd, channel_fd, task.run_tells_end);
  TracedRun run(process, task.arena_fd, task.other_runs);
  engine::TracerState* const state = run.wait_for_tracer();
  if (state == nullptr) {
    RecorderReport report;
    report.ending = run.ending().text();
    report.seconds = run.seconds();
    report.is_of_another_version = run.is_of_another_version();
    // The process ended while it was being started, and nothing is missing. A process that could not start the tracer
    // goes on, and says so: has_no_room(), is_of_another_version().
    report.complete = !report.is_of_another_version && !run.has_no_room() && run.ending().kind != ReelEnding::kDetached;
    if (run.has_no_room()) report.doubts = kNoRoom;
    return report;
  }
  try {
    // A program that is attached to, and children, free blocks from before, or of their parents. So of these only frees
    // that are certainly wrong are reported.
    const bool has_unknown_blocks = task.plan.is_attached || task.other_runs == TracedRun::OtherRuns::kMany;
    const StrayFrees told = has_unknown_blocks ? StrayFrees::kSecond : StrayFrees::kAll;
    const Recording recording(run, *state, task.plan, told);
    return report_of(recording, task.plan, *state);
  } catch (...) {
    // From now on nobody drains the program's events. The program is told, so that it never waits for that.
    engine::end_tracing(engine::EndReason::kDetached);
    throw;
  }
}

}  // namespace

void be_recorder(const RecorderTask& task, int channel_fd, const std::vector<int>& close_there) {
  SignalRelay::set_target(0);  // signals are the run's to pass on
  // A signal to the whole group, which ends the program with everything that belongs to it, must leave time to finish
  // the reel.
  setpgid(0, 0);
  for (const int fd : close_there) close(fd);
  RecorderReport report;
  try {
    report = record(task, channel_fd);
  } catch (const std::exception& error) {
    report.doubts = std::string("incomplete: the recording could not go on: ") + error.what() + "\n";
  }
  send_report(channel_fd, report);
  _exit(0);
}

}  // namespace heapreel::tools
