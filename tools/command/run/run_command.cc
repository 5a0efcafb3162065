// `heapreel run`: traces a program that was not prepared for it.
#include <cstdio>
#include <memory>
#include <optional>

#include "engine/memory/memory_limits.h"
#include "engine/memory/platform.h"
#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/say.h"
#include "tools/command/run/child_process.h"
#include "tools/command/run/earlier_reel.h"
#include "tools/command/run/followed_run.h"
#include "tools/command/run/live_viewer.h"
#include "tools/command/run/program_file.h"
#include "tools/command/run/run_options.h"
#include "tools/command/run/run_summary.h"
#include "tools/command/run/single_program_run.h"
#include "tools/command/run/standard_descriptors.h"

namespace heapreel::tools {
namespace {

// The status of the program, if it is not 0; otherwise that of its budgets and its record: 1 when a budget is broken, 4
// when the record is incomplete.
ExitStatus status_of(const Ending& ending, bool complete, ExitStatus budgets = kOk) {
  if (ending.status() != 0) return static_cast<ExitStatus>(ending.status());
  return budgets == kGateFailed || complete ? budgets : kIncomplete;
}

// The status of a run that recorded nothing: the record is incomplete, and it is not known whether budgets were kept.
ExitStatus status_of_untraced(const RunOptions& options, const Ending& ending) {
  if (options.budgets) say("budgets: not checked: nothing was traced\n");
  return status_of(ending, false);
}

// Runs the program without our library. `why` is the reason in a whole sentence.
ExitStatus run_untraced(const RunOptions& options, const std::string& why) {
  ChildProcess child({.path = options.program, .words = options.words, .traced_variables = {}});
  child.execute(false);
  while (!child.has_ended()) engine::platform::sleep_ns(5'000'000);
  say(format("heapreel: {}; running untraced: no reel was written\n", why));
  return status_of_untraced(options, child.ending());
}

// With so little memory our library's allocator might fail where the program's own does not.
constexpr const char* kLimitedMemory =
    "memory is limited (ulimit -v, or vm.overcommit_memory=2), and the program needs all of it";

bool has_room_for_arena() {
  return engine::arena_share(engine::platform::memory_limits(), true) != 0;
}

// Starters of games are often such scripts: whoever plays for an hour is to know before it what is recorded.
void warn_of_script(const RunOptions& options) {
  const std::string shell = shell_of_script(options.program);
  if (shell.empty()) return;
  say(
      format("heapreel: {} is a script, and only {}, which runs it, is recorded: to record the programs that it starts "
             "as well, use `heapreel run --follow-forks`, or run the program itself\n",
             options.program, shell));
}

ExitStatus run_alone(const RunOptions& options) {
  warn_of_script(options);
  std::optional<SingleProgramRun> run;
  try {
    run.emplace(options);
  } catch (const NotRecordable& reason) {
    return run_untraced(options, reason.what());
  }
  std::optional<LiveViewer> viewer;
  if (options.live) viewer.emplace(run->reel(), run->process());
  run->wait();
  viewer.reset();
  const std::optional<RecorderReport>& report = run->report();
  say(ending_line(options.words, run->process(), run->ending(), run->seconds()));
  if (!report) {
    say(run->failure());
    return status_of_untraced(options, run->ending());
  }
  if (!report->traced) {
    say(report->doubts);
    if (report->doubts.empty()) {
      say("nothing was traced and no reel was written: ");
      say(report->is_of_another_version
              ? options.preload + " is of another version of heapreel than this command\n"
              : "the program did not load " + options.preload + ", or a message above says why it ran untraced\n");
    }
    return status_of_untraced(options, run->ending());
  }
  if (!report->replaced) say(children_text(run->ending()));
  say(report->summary);
  return status_of(run->ending(), report->complete, report->budgets);
}

ExitStatus run_family(const RunOptions& options) {
  std::unique_ptr<ControlSocket> control;
  try {
    control = std::make_unique<ControlSocket>();
  } catch (const CommandError& error) {
    return run_untraced(options, error.what());
  }
  FollowedRun run(options, std::move(control));
  const FollowedFamily family = run.record();
  say(family_text(family));
  return status_of(family.ending, family.is_complete());
}

ExitStatus run_program(const Arguments& arguments) {
  const StandardDescriptors descriptors;
  const RunOptions options = run_options_from(arguments);
  const EarlierReel earlier(options);
  ExitStatus status;
  if (!has_room_for_arena()) {
    status = run_untraced(options, kLimitedMemory);
  } else {
    status = options.follow_forks ? run_family(options) : run_alone(options);
  }
  say(earlier.put_aside());
  return status;
}

}  // namespace

CommandSpec run_command() {
  static constexpr Example examples[] = {
      {"heapreel run -o game.reel -- ./game", "record a whole run of the game"},
      {"heapreel run --budgets memory.toml -- ./game", "the same, and fail when a budget is broken"},
      {"heapreel run --follow-forks -- sh -c ./game", "record every process that the command starts"},
  };
  return {.name = "run",
          .operands = "[options] -- PROGRAM [ARGUMENT]...",
          .help = "trace a dynamically linked program, unmodified",
          .options = run_option_table,
          .execute = run_program,
          .takes_program = true,
          .examples = examples};
}

}  // namespace heapreel::tools
