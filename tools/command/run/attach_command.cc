// `heapreel attach`: records a program that runs already and waits to be attached to.
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/say.h"
#include "tools/command/run/attach_channel.h"
#include "tools/command/run/close_if_open.h"
#include "tools/command/run/followed_process.h"
#include "tools/command/run/live_viewer.h"
#include "tools/command/run/process_stat.h"
#include "tools/command/run/recorder_process.h"
#include "tools/command/run/reel_names.h"
#include "tools/command/run/run_options.h"
#include "tools/command/run/standard_descriptors.h"
#include "tools/command/run/traced_run.h"

namespace heapreel::tools {
namespace {

constexpr int kTargetLookEveryMs = 100;  // a signal wakes it at once

volatile std::sig_atomic_t told_to_end = 0;

void end(int) {
  told_to_end = told_to_end + 1;
}

pid_t process_from(const std::string& operand) {
  char* rest = nullptr;
  const long number = std::strtol(operand.c_str(), &rest, 10);
  if (number <= 0 || number > INT32_MAX || *rest != '\0') {
    throw usage_error(format("attach: '{}' is not the id of a process", operand));
  }
  return static_cast<pid_t>(number);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close_if_open(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Waits until the program has ended, or a signal says that it should go on unrecorded. A second signal ends the
// recorder where it is.
void wait_for(RecorderProcess& recorder) {
  bool is_let_go = false;
  while (!recorder.collect()) {
    if (told_to_end != 0 && !std::exchange(is_let_go, true)) recorder.stop_recording();
    if (told_to_end > 1) recorder.kill();
    pollfd sign = {.fd = recorder.fd(), .events = POLLIN, .revents = 0};
    poll(&sign, 1, kTargetLookEveryMs);
  }
}

ExitStatus attach(const Arguments& arguments) {
  arguments.require_operands(1);
  const StandardDescriptors descriptors;
  const pid_t process = process_from(arguments.operands()[0]);
  RunOptions options = attach_options_from(arguments);
  options.words = command_line_of(process);
  const Descriptor process_fd(open_process(process));
  if (options.words.empty()) throw unreadable(format("{}: there is no such program", process));
  if (options.output.empty()) options.output = default_reel_path(options.words[0], process);
  check_output(options);
  remove_left_listeners();

  struct sigaction action {};
  action.sa_handler = end;  // without SA_RESTART: a wait is ended
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
  const Descriptor arena(make_arena_memory());
  const AttachedProcess attached = start_tracing_in(process, arena.fd(), options.frames, options.tracer_options);
  RecorderProcess recorder({.process = process,
                            .process_fd = process_fd.fd(),
                            .run_tells_end = false,
                            .arena_fd = arena.fd(),
                            .other_runs = TracedRun::OtherRuns::kNone,
                            .plan = {.path = options.output,
                                     .overwrite = options.overwrite,
                                     .max_bytes = options.max_size,
                                     .program = program_of(process),
                                     .words = options.words,
                                     .allocator = attached.keeps_allocator ? Allocator::kSystem : Allocator::kMimalloc,
                                     .every_game_frame = options.every_game_frame,
                                     .budgets = options.budgets,
                                     .is_attached = true}},
                           {});
  if (!recorder.is_there()) {
    end_recording_in_program(arena.fd());
    throw CommandError(kIncomplete,
                       "there is no process or descriptor left to record the program, which goes on untraced");
  }
  say(format(
      "heapreel: records {} (pid {}) into {} from here on; blocks that it allocated before are not in the record; "
      "Ctrl-C lets it go on untraced, and it can be recorded again only when it is started anew\n",
      options.words[0], process, options.output));
  std::optional<LiveViewer> viewer;
  if (options.live) viewer.emplace(options.output, process);
  wait_for(recorder);
  viewer.reset();
  const std::optional<RecorderReport>& report = recorder.report();
  if (!report) {
    end_recording_in_program(arena.fd());
    say(format("incomplete: the recording {}; {} ends where it was, and the program goes on untraced\n",
               told_to_end > 1 ? "was ended by a second signal" : format("process died ({})", recorder.death()),
               options.output));
    return kIncomplete;
  }
  std::string command;
  for (const std::string& word : options.words) command += format("{}{}", command.empty() ? "" : " ", word);
  say(format("heapreel: {}  (pid {}, {}, {:.1f} s)\n", command, process, report->ending, report->seconds));
  say(report->traced ? report->summary : report->doubts);
  if (!report->traced) return kIncomplete;
  return report->budgets == kGateFailed || report->complete ? report->budgets : kIncomplete;
}

}  // namespace

CommandSpec attach_command() {
  static constexpr Example examples[] = {
      {"heapreel attach 4711 -o now.reel",
       "records process 4711, started with HEAPREEL_OPTIONS=listen=1, from here on; after Ctrl-C it goes on untraced"},
  };
  return {.name = "attach",
          .operands = "PID",
          .help = "record a running program that was started with HEAPREEL_OPTIONS=listen=1",
          .options = attach_option_table,
          .execute = attach,
          .examples = examples};
}

}  // namespace heapreel::tools
