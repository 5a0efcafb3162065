#include "tools/command/run/followed_run.h"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "engine/memory/platform.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/run/close_if_open.h"
#include "tools/command/run/followed_process.h"
#include "tools/command/run/process_stat.h"
#include "tools/command/run/signal_relay.h"
#include "tools/command/run/traced_run.h"

namespace heapreel::tools {
namespace {

using engine::platform::monotonic_ns;

// Each of them costs a process with some memory, which looks at its rings from time to time.
size_t most_at_once() {
  constexpr size_t kPerProcessor = 32;
  return kPerProcessor * std::max<size_t>(std::thread::hardware_concurrency(), 2);
}
constexpr int kFamilyLookEveryMs = 10;
// A process that was just forked may not have asked for an arena yet when the last known process ends.
constexpr uint64_t kGraceNs = 50'000'000;
constexpr uint64_t kLookForSilentEveryNs = 100'000'000;
// A program that was executed for longer than this and has not asked did not load the library.
constexpr uint64_t kLoadingNs = 20'000'000'000;
// Members of the family that go on for longer than this after the program has ended are mentioned.
constexpr uint64_t kGoesOnNs = 500'000'000;

// True as soon as the process begins to end: its sockets close before it becomes a zombie. A process about which /proc
// says nothing counts as alive.
bool has_ended(pid_t process) {
  constexpr unsigned long kExiting = 0x4;  // PF_EXITING of the kernel, which proc(5) refers to
  const std::vector<std::string> fields = process_stat(process);
  if (fields.size() <= kStatFlags) return kill(process, 0) != 0 && errno == ESRCH;
  return (std::strtoul(fields[kStatFlags].c_str(), nullptr, 10) & kExiting) != 0;
}

}  // namespace

FollowedRun::FollowedRun(const RunOptions& options, std::unique_ptr<ControlSocket> control)
    : options_(options),
      control_(std::move(control)),
      silent_members_(page_.fd(), control_->number()),
      names_(options.output),
      started_ns_(monotonic_ns()),
      first_({.path = options.program,
              .words = options.words,
              .traced_variables = followed_environment(options, control_->number())}) {
  first_.execute(true);
  family_.words = options.words;
  family_.process = first_.id();
  family_.max_children = options.max_children;
}

FollowedFamily FollowedRun::record() {
  last_event_ns_ = monotonic_ns();
  for (;;) {
    wait_for_events();
    answer_applicants();
    collect_reports();
    look_after_program();
    if (ends_at_once_) break;
    if (ended_ns_ != 0 && recorders_.empty() && (family_.stopped_following || !waits_for_silent_members())) break;
  }
  control_->close();
  family_.first_was_recorded = first_is_recorded_;
  family_.untraced = page_.untraced_programs();
  family_.untraced.insert(family_.untraced.end(), silent_.begin(), silent_.end());
  family_.untraced_without_room = page_.untraced_without_room();
  family_.not_asked = page_.not_asked();
  family_.ending = first_.ending();
  family_.seconds = static_cast<double>(ended_ns_ - started_ns_) / 1e9;
  return std::move(family_);
}

void FollowedRun::wait_for_events() {
  std::vector<pollfd> signs;
  for (const int fd : control_->listening()) signs.push_back({.fd = fd, .events = POLLIN, .revents = 0});
  for (const Recorder& recorder : recorders_)
    signs.push_back({.fd = recorder.process.fd(), .events = POLLIN, .revents = 0});
  const int ready = poll(signs.data(), signs.size(), kFamilyLookEveryMs);
  if (ready < 0 && errno != EINTR) engine::platform::sleep_ns(kFamilyLookEveryMs * 1'000'000);
}

void FollowedRun::answer_applicants() {
  for (Applicant& applicant : control_->accept()) {
    last_event_ns_ = monotonic_ns();
    asked_.insert(applicant.process);
    loading_ns_.erase(applicant.process);
    int arena_fd = arena_for(applicant);
    // The process may be gone already; its recorder will notice.
    const bool answered = ControlSocket::answer(applicant, page_.fd(), arena_fd);
    if (!answered && arena_fd >= 0) count_refusal(applicant, family_.refusals.failed);
    close_if_open(arena_fd);
  }
}

// A process that ended while it asked had not allocated anything yet, so that nothing of it is missing.
void FollowedRun::count_refusal(const Applicant& applicant, uint64_t& count) {
  if (!has_ended(applicant.process)) ++count;
}

// -1 when the process should not be recorded.
int FollowedRun::arena_for(const Applicant& applicant) {
  FollowedFamily::Refusals& refusals = family_.refusals;
  uint64_t* refusal = nullptr;
  int arena_fd = -1;
  if (family_.stopped_following) {
    refusal = &refusals.too_late;
  } else if (applicant.gave_up) {
    refusal = &refusals.gave_up;
  } else if (family_.programs.size() > options_.max_children) {
    refusal = &refusals.over_limit;
  } else if (recorders_.size() >= most_at_once()) {
    refusal = &refusals.at_once;
  } else if (arena_fd = arena_with_recorder(applicant); arena_fd < 0) {
    refusal = &refusals.failed;
  }
  if (refusal != nullptr) count_refusal(applicant, *refusal);
  return arena_fd;
}

// -1 when there is no memory or no recorder for the process.
int FollowedRun::arena_with_recorder(const Applicant& applicant) {
  int arena_fd = -1;
  try {
    arena_fd = make_arena_memory();
  } catch (const CommandError&) {
    return -1;
  }
  if (!start_recording(applicant, arena_fd)) close_if_open(arena_fd);
  return arena_fd;
}

// False when no recorder can be started.
bool FollowedRun::start_recording(const Applicant& applicant, int arena_fd) {
  FollowedProgram followed = {.process = applicant.process,
                              .parent = static_cast<pid_t>(applicant.request.parent_id),
                              .program = program_of(applicant.process),
                              .words = command_line_of(applicant.process),
                              .reel = {},
                              .report = {},
                              .recorder_death = {}};
  const bool is_child = applicant.process == first_.id();
  const bool is_first = !first_is_recorded_ && is_child;
  followed.reel = is_first ? names_.first(options_.words[0], applicant.process)
                           : names_.another(followed.program, applicant.process);
  RecorderTask task = {.process = applicant.process,
                       .process_fd = open_process(applicant.process),
                       .run_tells_end = is_child,
                       .arena_fd = arena_fd,
                       .other_runs = TracedRun::OtherRuns::kMany,
                       .plan = {.path = followed.reel,
                                .overwrite = is_first && options_.overwrite,
                                .max_bytes = options_.max_size,
                                .program = followed.program,
                                .words = followed.words,
                                .allocator = options_.allocator,
                                .frame_at = options_.frame_at,
                                .every_game_frame = options_.every_game_frame}};
  if (task.process_fd < 0 && !is_child) return false;
  std::vector<int> close_there = control_->descriptors();
  close_there.push_back(applicant.fd);
  close_there.push_back(page_.fd());
  for (const Recorder& recorder : recorders_) close_there.push_back(recorder.process.fd());
  RecorderProcess process(task, close_there);
  close_if_open(task.process_fd);
  if (!process.is_there()) return false;
  first_is_recorded_ |= is_first;
  recorders_.push_back({std::move(process), family_.programs.size()});
  family_.programs.push_back(std::move(followed));
  return true;
}

void FollowedRun::collect_reports() {
  std::erase_if(recorders_, [this](Recorder& recorder) { return collect(recorder); });
}

// True when the recorder has ended, with or without its report.
bool FollowedRun::collect(Recorder& recorder) {
  if (!recorder.process.collect()) return false;
  last_event_ns_ = monotonic_ns();
  FollowedProgram& program = family_.programs[recorder.program];
  program.report = recorder.process.report();
  program.recorder_death = recorder.process.death();
  // Another program has replaced it, or another process has its number now.
  const bool is_replaced = program.report && program.report->replaced;
  if (is_replaced || has_ended(program.process)) asked_.erase(program.process);
  return true;
}

// For the time when all recorded processes have ended: a process that was just made may not have asked yet. It is
// waited for, as are those that have asked.
bool FollowedRun::waits_for_silent_members() {
  const uint64_t now = monotonic_ns();
  if (now - last_event_ns_ <= kGraceNs) return true;
  if (looked_for_silent_ns_ > last_event_ns_ && now - looked_for_silent_ns_ < kLookForSilentEveryNs) {
    return silent_count_ != 0;
  }
  looked_for_silent_ns_ = now;
  silent_count_ = 0;
  const auto members = silent_members_.find();
  if (!members) family_.could_not_look = true;
  for (const SilentMember& member : members.value_or(std::vector<SilentMember>())) {
    if (asked_.contains(member.process)) continue;
    if (member.was_executed && now - loading_ns_.try_emplace(member.process, now).first->second > kLoadingNs) {
      asked_.insert(member.process);
      silent_.push_back({.program = program_of(member.process),
                         .process = member.process,
                         .why = "it did not load heapreel's library; what it starts is not recorded either"});
      continue;
    }
    ++silent_count_;
  }
  return silent_count_ != 0;
}

void FollowedRun::look_after_program() {
  if (ended_ns_ == 0) {
    if (!first_.has_ended()) return;
    last_event_ns_ = ended_ns_ = monotonic_ns();
    for (const Recorder& recorder : recorders_) {
      if (recorder.process.recorded_process() == first_.id()) recorder.process.tell_end(first_.wait_status());
    }
    return;
  }
  if (SignalRelay::count_of_end_signals() > 0 && !family_.stopped_following) stop_following();
  if (SignalRelay::count_of_end_signals() > 1) end_at_once();
  const size_t going_on = recorders_.size() + (recorders_.empty() ? silent_count_ : 0);
  if (!has_said_it_goes_on_ && going_on != 0 && monotonic_ns() - ended_ns_ > kGoesOnNs) {
    has_said_it_goes_on_ = true;
    std::fputs(format("heapreel: {} has ended; {} of its processes go on and are still recorded (Ctrl-C stops that)\n",
                      options_.words[0], going_on)
                   .c_str(),
               stderr);
  }
}

// The processes go on, untraced, and their recorders write what there is.
void FollowedRun::stop_following() {
  family_.stopped_following = true;
  for (const Recorder& recorder : recorders_) recorder.process.stop_recording();
}

// Ends the recorders, whatever they wait for.
void FollowedRun::end_at_once() {
  ends_at_once_ = true;
  for (const Recorder& recorder : recorders_) {
    recorder.process.kill();
    family_.programs[recorder.program].recorder_death = "ended by a second signal";
  }
}

}  // namespace heapreel::tools
