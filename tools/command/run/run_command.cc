#include "tools/command/run/run_command.h"

#include <unistd.h>

#include <cstdio>

#include "engine/memory/memory_limits.h"
#include "engine/memory/platform.h"
#include "tools/command/run/budget_report.h"
#include "tools/command/run/child_process.h"
#include "tools/command/run/followed_run.h"
#include "tools/command/run/recording.h"
#include "tools/command/run/run_crosscheck.h"
#include "tools/command/run/run_options.h"

namespace heapreel::tools {
namespace {

void say(const std::string& text) {
  std::fputs(text.c_str(), stderr);
}

// A memory object that is closed whatever happens.
class ArenaMemory {
 public:
  ArenaMemory() : fd_(make_arena_memory()) {}
  ~ArenaMemory() { close(fd_); }
  ArenaMemory(const ArenaMemory&) = delete;
  ArenaMemory& operator=(const ArenaMemory&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

void wait_for_end(ChildProcess& child) {
  constexpr uint64_t kLookEveryNs = 5'000'000;
  while (!child.has_ended()) engine::platform::sleep_ns(kLookEveryNs);
}

ReelPlan plan_of(const RunOptions& options, pid_t process) {
  return {.path = options.output.empty() ? default_reel_path(options.words[0], process) : options.output,
          .overwrite = options.overwrite,
          .max_bytes = options.max_size,
          .program = options.program,
          .words = options.words,
          .allocator = options.allocator,
          .budgets = options.budgets};
}

// The program's, where it is not content; else of its budgets and its record: 1 when one is broken, 4 when the record
// is not the whole truth.
ExitStatus status_of(const Ending& ending, bool complete, ExitStatus budgets = kOk) {
  if (ending.status() != 0) return static_cast<ExitStatus>(ending.status());
  return budgets == kGateFailed || complete ? budgets : kIncomplete;
}

// Of a run that saw nothing: budgets that were given are not known to be kept.
ExitStatus status_of_untraced(const RunOptions& options, const Ending& ending, bool complete) {
  if (options.budgets) say("budgets: not checked: nothing was traced\n");
  return status_of(ending, complete && !options.budgets);
}

// Without our library: over so little memory its allocator might fail where the program's own does not.
ExitStatus run_untraced(const RunOptions& options) {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);
  constexpr int kNoArena = -1;
  ChildProcess child(options.program, options.words, environment, kNoArena);
  wait_for_end(child);
  say("heapreel: memory is limited (ulimit -v, or vm.overcommit_memory=2), and the program needs it; running untraced: "
      "no reel was written\n");
  return status_of_untraced(options, child.ending(), true);
}

bool has_room_for_arena() {
  return engine::arena_share(engine::platform::memory_limits(), true) != 0;
}

ExitStatus run_alone(const RunOptions& options) {
  const ArenaMemory memory;
  ChildProcess child(options.program, options.words, traced_environment(options, memory.fd()), memory.fd());
  TracedRun run(child, memory.fd(), TracedRun::Company::kNone);
  engine::TracerState* state = run.wait_for_tracer();
  if (state == nullptr) {
    say(ending_line(options.words, child.id(), child.ending(), run.seconds()));
    if (run.is_of_another_version()) {
      say("nothing was traced and no reel written: " + options.preload +
          " is of another version of heapreel than this command\n");
      return status_of_untraced(options, child.ending(), false);
    }
    say("nothing was traced and no reel written: the program did not load " + options.preload +
        ", or said above why it runs untraced\n");
    return status_of_untraced(options, child.ending(), true);
  }
  const Recording recording(run, *state, plan_of(options, child.id()));
  wait_for_end(child);
  say(summary_text(recording.summary(), recording.figures(), child.ending()));
  const BudgetWatch* budgets = recording.budgets();
  if (budgets != nullptr) say(budget_report(*budgets, recording.summary().reel));
  say(next_text(recording.summary()));
  if (state->crosscheck != nullptr) say(crosscheck_text(*state->crosscheck, *state->modules));
  return status_of(child.ending(), recording.summary().is_complete(recording.figures()),
                   budgets != nullptr ? budget_status(*budgets) : kOk);
}

}  // namespace

ExitStatus run_program(const Arguments& arguments) {
  const RunOptions options = run_options_from(arguments);
  if (!has_room_for_arena()) return run_untraced(options);
  if (!options.follow_forks) return run_alone(options);
  FollowedRun run(options);
  const FollowedFamily family = run.record();
  say(family_text(family));
  return status_of(family.ending, family.is_complete());
}

}  // namespace heapreel::tools
