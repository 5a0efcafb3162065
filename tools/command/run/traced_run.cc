#include "tools/command/run/traced_run.h"

#include "engine/memory/arena.h"
#include "engine/memory/memory_limits.h"
#include "engine/memory/platform.h"
#include "engine/record/recording_end.h"
#include "engine/tracer/attachment.h"
#include "tools/command/console/errors.h"

namespace heapreel::tools {
namespace {

namespace platform = engine::platform;

constexpr uint64_t kRoundEveryNs = 400'000;
constexpr uint64_t kIdleRoundEveryNs = 6'400'000;

// When there is no room for an arena, the program finds that out, says so, and runs untraced.
size_t arena_bytes() {
  const size_t share = engine::arena_share(platform::memory_limits(), true);
  return share != 0 ? share : engine::kLeastArenaBytes;
}

}  // namespace

int make_arena_memory() {
  const int fd = platform::create_shared_memory(arena_bytes());
  if (fd >= 0) engine::Arena::ask_for_free_place(fd);
  if (fd >= 0) return fd;
  throw usage_error(
      "the memory to share with the program cannot be created: perhaps the size of files is limited (try ulimit -f "
      "unlimited), or this kernel has no memfd_create");
}

void end_recording_in_program(int arena_fd) {
  if (engine::attach(arena_fd).state != nullptr) engine::end_tracing(engine::EndReason::kDetached);
}

TracedRun::TracedRun(TracedProcess& process, int arena_fd, OtherRuns other_runs)
    : process_(process),
      arena_fd_(arena_fd),
      idle_every_ns_(other_runs == OtherRuns::kMany ? kIdleRoundEveryNs : kRoundEveryNs),
      started_ns_(platform::monotonic_ns()),
      address_space_limit_(platform::address_space_limit()) {}

engine::TracerState* TracedRun::wait_for_tracer() {
  for (;;) {
    // After its end, it is looked once more for what the program has set up.
    const bool ended = process_.has_ended();
    const engine::Attached attached = engine::attach(arena_fd_);
    state_ = attached.state;
    is_of_another_version_ = attached.is_of_another_version;
    has_no_room_ = attached.has_no_room;
    if (attached.is_damaged) {
      throw CommandError(kIncomplete, "the program wrote into heapreel's memory before its recording began");
    }
    if (state_ != nullptr || ended) break;
    platform::sleep_ns(kRoundEveryNs);
  }
  if (state_ != nullptr && !engine::begin_consolidating(*state_)) {
    throw CommandError(kIncomplete, "there is no address space for what is recorded");
  }
  if (state_ != nullptr) {
    watch_.emplace(process_.id(), arena_fd_, *state_);
  } else {
    ended_ns_ = platform::monotonic_ns();
    ending_ = process_.ending();
  }
  return state_;
}

bool TracedRun::has_left() {
  const bool ended = process_.has_ended();
  const bool departed = ended ? process_.ending().kind != ReelEnding::kDetached && watch_->had_executed_another()
                              : watch_->has_executed_another();
  if (departed) {
    ending_ = {.kind = ReelEnding::kExecuted, .executed = watch_->program()};
  } else if (ended) {
    ending_ = process_.ending();
  }
  return departed || ended;
}

engine::FrozenTraces TracedRun::consolidate(engine::CutListener& listener) {
  platform::sleep_punctually();
  engine::RoundPause pace(kRoundEveryNs, idle_every_ns_);
  while (!has_left()) {
    look_at_limit();
    state_->consolidator->run_round_and_pause(pace, &listener);
  }
  ended_ns_ = platform::monotonic_ns();
  if (ending_.kind == ReelEnding::kDetached) {
    engine::end_tracing(engine::EndReason::kDetached);
    state_->consolidator->run_round(&listener);
  } else {
    state_->consolidator->run_final_round(&listener);
  }
  return state_->consolidator->last_state();
}

// The hooks do not see a limit that is lowered from outside, or by a bare system call.
void TracedRun::look_at_limit() {
  constexpr uint64_t kEveryNs = 5'000'000;
  const uint64_t now = platform::monotonic_ns();
  if (now - looked_at_limit_ns_ < kEveryNs) return;
  looked_at_limit_ns_ = now;
  const uint64_t limit = platform::address_space_limit(static_cast<uint32_t>(process_.id()));
  if (limit < address_space_limit_) {
    // relaxed: see RecordingState::most_kept
    state_->most_kept.store(engine::kept_under({.address_space = limit}, true), std::memory_order_relaxed);
  }
  address_space_limit_ = limit;
}

double TracedRun::seconds() const {
  return static_cast<double>(ended_ns_ - started_ns_) / 1e9;
}

}  // namespace heapreel::tools
