#include "tools/command/run/single_program_run.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "engine/memory/platform.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/run/followed_process.h"
#include "tools/command/run/reel_names.h"
#include "tools/command/run/signal_relay.h"
#include "tools/command/run/traced_run.h"

namespace heapreel::tools {
namespace {

using engine::platform::monotonic_ns;

constexpr int kProgramLookEveryMs = 10;

int make_arena() {
  try {
    return make_arena_memory();
  } catch (const CommandError& error) {
    throw NotRecordable(error.what());
  }
}

}  // namespace

SingleProgramRun::SingleProgramRun(const RunOptions& options)
    : started_ns_(monotonic_ns()),
      arena_fd_(make_arena()),
      child_({.path = options.program,
              .words = options.words,
              .traced_variables = traced_environment(options, arena_fd_),
              .inherited_fd = arena_fd_}),
      process_fd_(open_process(child_.id())),
      reel_(options.output.empty() ? default_reel_path(options.words[0], child_.id()) : options.output),
      recorder_(task(options), child_.descriptors()),
      had_recorder_(recorder_.is_there()) {
  child_.execute(had_recorder_);
}

SingleProgramRun::~SingleProgramRun() {
  close(arena_fd_);
  if (process_fd_ >= 0) close(process_fd_);
}

RecorderTask SingleProgramRun::task(const RunOptions& options) const {
  return {.process = child_.id(),
          .process_fd = process_fd_,
          .run_tells_end = true,
          .arena_fd = arena_fd_,
          .other_runs = TracedRun::OtherRuns::kNone,
          .plan = {.path = reel_,
                   .overwrite = options.overwrite,
                   .max_bytes = options.max_size,
                   .program = options.program,
                   .words = options.words,
                   .allocator = options.allocator,
                   .frame_at = options.frame_at,
                   .every_game_frame = options.every_game_frame,
                   .budgets = options.budgets}};
}

void SingleProgramRun::wait() {
  recorder_ended_ = !had_recorder_;
  while (ended_ns_ == 0 || !recorder_ended_) {
    // Waits for the program's end and for messages of the recorder; stops of the program are looked for from time to
    // time.
    pollfd signs[] = {{.fd = ended_ns_ == 0 ? process_fd_ : -1, .events = POLLIN, .revents = 0},
                      {.fd = recorder_ended_ ? -1 : recorder_.fd(), .events = POLLIN, .revents = 0}};
    if (poll(signs, 2, kProgramLookEveryMs) < 0 && errno != EINTR)
      engine::platform::sleep_ns(kProgramLookEveryMs * 1'000'000);
    look_after_program();
    if (!recorder_ended_) recorder_ended_ = look_after_recorder();
  }
}

void SingleProgramRun::look_after_program() {
  if (ended_ns_ != 0) {
    if (SignalRelay::count_of_end_signals() < 2 || was_killed_) return;
    was_killed_ = true;
    recorder_.kill();
    return;
  }
  if (!child_.has_ended()) return;
  ended_ns_ = monotonic_ns();
  if (!recorder_ended_) recorder_.tell_end(child_.wait_status());
}

bool SingleProgramRun::look_after_recorder() {
  if (!recorder_.collect()) return false;
  if (!recorder_.report() && ended_ns_ == 0) end_recording_in_program(arena_fd_);
  return true;
}

std::string SingleProgramRun::failure() const {
  if (!had_recorder_) {
    return "incomplete: heapreel had no process or descriptor left to record the program; it ran untraced, and no reel "
           "was written\n";
  }
  return format("incomplete: the recording {}; {} ends where it was\n",
                was_killed_ ? "was ended by a second signal" : format("process died ({})", recorder_.death()), reel_);
}

double SingleProgramRun::seconds() const {
  if (report()) return report()->seconds;
  return static_cast<double>(ended_ns_ - started_ns_) / 1e9;
}

}  // namespace heapreel::tools
