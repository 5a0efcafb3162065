#include "tools/command/run/followed_run.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "engine/memory/platform.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/run/followed_process.h"
#include "tools/command/run/signal_relay.h"
#include "tools/command/run/traced_run.h"

namespace heapreel::tools {
namespace {

using engine::platform::monotonic_ns;

// Each costs a process with some memory, and a look at its rings now and then.
size_t most_at_once() {
  constexpr size_t kPerProcessor = 32;
  return kPerProcessor * std::max<size_t>(std::thread::hardware_concurrency(), 2);
}
constexpr int kLookEveryMs = 10;
// A process that was just forked may not have asked yet when the last known one has ended.
constexpr uint64_t kGraceNs = 50'000'000;
// Left behind for longer than this after the program's end: worth a word.
constexpr uint64_t kGoesOnNs = 500'000'000;

std::vector<std::string> command_line_of(pid_t process) {
  std::ifstream file(format("/proc/{}/cmdline", process), std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

std::string program_of(pid_t process) {
  std::error_code error;
  const std::string path = std::filesystem::read_symlink(format("/proc/{}/exe", process), error);
  return error ? "unknown" : path;
}

void close_if_open(int fd) {
  if (fd >= 0) close(fd);
}

}  // namespace

FollowedRun::FollowedRun(const RunOptions& options)
    : options_(options),
      names_(options.output),
      started_ns_(monotonic_ns()),
      first_(options.program, options.words, followed_environment(options, control_.number()), -1) {
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
    const bool all_ended = ended_ns_ != 0 && followers_.empty();
    if (all_ended && (family_.stopped_following || monotonic_ns() - last_event_ns_ > kGraceNs)) break;
  }
  control_.close();
  family_.ending = first_.ending();
  family_.seconds = static_cast<double>(ended_ns_ - started_ns_) / 1e9;
  return std::move(family_);
}

void FollowedRun::wait_for_events() {
  std::vector<pollfd> signs = {{.fd = control_.fd(), .events = POLLIN, .revents = 0}};
  for (const Follower& follower : followers_)
    signs.push_back({.fd = follower.leash_fd, .events = POLLIN, .revents = 0});
  if (poll(signs.data(), signs.size(), kLookEveryMs) > 0) last_event_ns_ = monotonic_ns();
}

void FollowedRun::answer_applicants() {
  while (std::optional<Applicant> applicant = control_.accept()) {
    const int arena_fd = arena_for(*applicant);
    // Should it be gone, its follower finds out.
    ControlSocket::answer(*applicant, arena_fd);
    close_if_open(arena_fd);
  }
}

// -1 when the applicant is not to be recorded.
int FollowedRun::arena_for(const Applicant& applicant) {
  FollowedFamily::Refusals& refusals = family_.refusals;
  uint64_t* refusal = nullptr;
  if (family_.stopped_following) {
    refusal = &refusals.too_late;
  } else if (applicant.gave_up) {
    refusal = &refusals.gave_up;
  } else if (!applicant.same_user) {
    refusal = &refusals.other_user;
  } else if (family_.programs.size() > options_.max_children) {
    refusal = &refusals.over_limit;
  } else if (followers_.size() >= most_at_once()) {
    refusal = &refusals.at_once;
  }
  if (refusal != nullptr) {
    ++*refusal;
    return -1;
  }
  int arena_fd = -1;
  try {
    arena_fd = make_arena_memory();
  } catch (const CommandError&) {
    ++refusals.failed;
    return -1;
  }
  if (start_recording(applicant, arena_fd) >= 0) return arena_fd;
  ++refusals.failed;
  close(arena_fd);
  return -1;
}

// The follower's process; -1 when there is none to be had.
int FollowedRun::start_recording(const Applicant& applicant, int arena_fd) {
  FollowedProgram followed = {.process = applicant.process,
                              .parent = static_cast<pid_t>(applicant.request.parent_id),
                              .program = program_of(applicant.process),
                              .words = command_line_of(applicant.process),
                              .reel = {},
                              .report = {}};
  const bool is_first = !first_is_recorded_ && applicant.process == first_.id();
  followed.reel = is_first ? names_.first(options_.words[0], applicant.process)
                           : names_.another(followed.program, applicant.process);
  FollowerTask task = {.process = applicant.process,
                       .process_fd = open_process(applicant.process),
                       .arena_fd = arena_fd,
                       .plan = {.path = followed.reel,
                                .overwrite = is_first && options_.overwrite,
                                .max_bytes = options_.max_size,
                                .program = followed.program,
                                .words = followed.words,
                                .allocator = options_.allocator}};
  int leash[2] = {-1, -1};
  if (task.process_fd < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, leash) != 0) {
    close_if_open(task.process_fd);
    return -1;
  }
  std::vector<int> close_there = {control_.fd(), applicant.fd, leash[0]};
  for (const Follower& follower : followers_) close_there.push_back(follower.leash_fd);
  const pid_t id = start_follower(task, leash[1], close_there);
  close(task.process_fd);
  close(leash[1]);
  if (id < 0) {
    close(leash[0]);
    return -1;
  }
  first_is_recorded_ |= is_first;
  followers_.push_back({.id = id, .leash_fd = leash[0], .program = family_.programs.size()});
  family_.programs.push_back(std::move(followed));
  return id;
}

void FollowedRun::collect_reports() {
  std::erase_if(followers_, [this](const Follower& follower) { return collect(follower); });
}

// True when the follower has ended, with its report or without.
bool FollowedRun::collect(const Follower& follower) {
  FollowerReport report;
  const ssize_t got = recv(follower.leash_fd, &report, sizeof report, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got == sizeof report) family_.programs[follower.program].report = report;
  close(follower.leash_fd);
  waitpid(follower.id, nullptr, 0);
  return true;
}

void FollowedRun::look_after_program() {
  if (ended_ns_ == 0) {
    if (first_.has_ended()) last_event_ns_ = ended_ns_ = monotonic_ns();
    return;
  }
  if (SignalRelay::was_told_to_end() && !family_.stopped_following) stop_following();
  if (!has_said_it_goes_on_ && !followers_.empty() && monotonic_ns() - ended_ns_ > kGoesOnNs) {
    has_said_it_goes_on_ = true;
    std::fputs(format("heapreel: {} has ended; {} of its processes go on and are still recorded (Ctrl-C stops that)\n",
                      options_.words[0], followers_.size())
                   .c_str(),
               stderr);
  }
}

// The processes go on, untraced; their followers write what there is.
void FollowedRun::stop_following() {
  family_.stopped_following = true;
  for (const Follower& follower : followers_) shutdown(follower.leash_fd, SHUT_WR);
}

}  // namespace heapreel::tools
