#include "tools/command/run/follower.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <exception>

#include "tools/command/run/followed_process.h"
#include "tools/command/run/recording.h"
#include "tools/command/run/signal_relay.h"

namespace heapreel::tools {
namespace {

template <size_t kBytes>
void put(char (&room)[kBytes], const std::string& text) {
  std::strncpy(room, text.c_str(), kBytes - 1);
}

FollowerReport follow(const FollowerTask& task, int leash_fd) {
  FollowedProcess process(task.process, task.process_fd, leash_fd);
  TracedRun run(process, task.arena_fd, TracedRun::Company::kMany);
  FollowerReport report;
  engine::TracerState* state = run.wait_for_tracer();
  if (state == nullptr) {
    put(report.ending, run.ending().text());
    if (run.is_of_another_version()) put(report.doubts, "the preloaded library is of another version of heapreel\n");
    return report;
  }
  const Recording recording(run, *state, task.plan);
  const RunSummary& summary = recording.summary();
  const engine::Totals& totals = recording.figures().totals();
  report.traced = true;
  report.complete = summary.is_complete(recording.figures());
  report.written = !summary.reel.empty();
  report.allocs = totals.allocs;
  report.frees = totals.frees;
  report.live_bytes = totals.live_bytes;
  report.peak_bytes = totals.peak_bytes;
  report.seconds = summary.seconds;
  put(report.ending, summary.ending.text());
  put(report.doubts, doubts_text(summary, recording.figures()));
  return report;
}

[[noreturn]] void be_follower(const FollowerTask& task, int leash_fd, const std::vector<int>& close_there) {
  SignalRelay::set_target(0);  // signals are the run's to pass on
  for (const int fd : close_there) close(fd);
  FollowerReport report;
  try {
    report = follow(task, leash_fd);
  } catch (const std::exception& error) {
    put(report.doubts, std::string(error.what()) + "\n");
  }
  // A run that is gone has nobody to tell; the reel is whole without it.
  [[maybe_unused]] const ssize_t sent = send(leash_fd, &report, sizeof report, MSG_NOSIGNAL);
  _exit(0);
}

}  // namespace

pid_t start_follower(const FollowerTask& task, int leash_fd, const std::vector<int>& close_there) {
  const pid_t id = fork();
  if (id == 0) be_follower(task, leash_fd, close_there);
  return id;
}

}  // namespace heapreel::tools
