#include "tools/traced_run.h"

#include <sys/resource.h>

#include <algorithm>

#include "engine/arena_address.h"
#include "engine/cut.h"
#include "engine/platform.h"
#include "engine/tracer.h"
#include "tools/errors.h"

namespace heapreel::tools {
namespace {

namespace platform = engine::platform;

constexpr uint64_t kRoundEveryNs = 400'000;

// Under a limit of address space the program needs most of it itself.
size_t arena_bytes() {
  rlimit limit{};
  size_t bytes = engine::kArenaBytes;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return bytes;
  while (bytes > limit.rlim_cur / 2 && bytes > engine::kLeastArenaBytes) bytes /= 2;
  return bytes;
}

int make_arena() {
  const int fd = platform::create_shared_memory(arena_bytes());
  if (fd >= 0) return fd;
  throw usage_error(
      "the memory that is shared with the program cannot be had: is the size of files limited "
      "(ulimit -f unlimited), or this kernel without memfd_create?");
}

}  // namespace

TracedRun::TracedRun(const RunOptions& options) : arena_fd_(make_arena()), started_ns_(platform::monotonic_ns()) {
  child_ =
      std::make_unique<ChildProcess>(options.program, options.words, traced_environment(options, arena_fd_), arena_fd_);
}

TracedRun::~TracedRun() {
  platform::close_descriptor(arena_fd_);
}

engine::TracerState* TracedRun::wait_for_tracer() {
  for (;;) {
    // What the program has set up is looked for once more after its end.
    const bool ended = child_->has_ended();
    state_ = engine::attach(arena_fd_);
    if (state_ != nullptr || ended) break;
    platform::sleep_ns(kRoundEveryNs);
  }
  if (state_ == nullptr) ended_ns_ = platform::monotonic_ns();
  return state_;
}

engine::FrozenTraces TracedRun::consolidate(engine::CutListener& listener) {
  while (!child_->has_ended()) {
    const uint64_t begin = platform::monotonic_ns();
    state_->consolidator->run_round(&listener);
    const uint64_t spent = platform::monotonic_ns() - begin;
    if (spent < kRoundEveryNs) platform::sleep_ns(kRoundEveryNs - spent);
  }
  ended_ns_ = platform::monotonic_ns();
  state_->consolidator->run_final_round(&listener);
  const engine::CutRequest* last = engine::request_cut(*state_, engine::CutKind::kSnapshot, true);
  state_->consolidator->run_round(&listener);
  return last != nullptr ? last->frozen : engine::FrozenTraces{};
}

double TracedRun::seconds() const {
  return static_cast<double>(ended_ns_ - started_ns_) / 1e9;
}

}  // namespace heapreel::tools
