#include <heapreel/live_figures.h>

#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "engine/consolidate/tracer_state.h"
#include "engine/memory/blocked_signals.h"
#include "engine/tracer/tracer.h"
#include "snapshot/live/frozen_trace_set.h"
#include "snapshot/overlay/live_tally.h"

namespace heapreel {
namespace {

constexpr uint32_t kMostWaiting = 32;

}  // namespace

// Sync edges:
//   [figures.handed] handed_: release in hand_over and the destructor -> acquire in run. Carries the slots below it, and
//                    stop_.
//   [figures.taken]  taken_: release in run -> acquire in hand_over. The slots below it are free again.
//   [figures.newest] middle_: exchanged by run and newest, acq_rel both. Carries the figures of the buffer it names, which
//                    belongs to whoever took it out.
class LiveFigures::Worker {
 public:
  Worker() : thread_(start_thread()) {}
  ~Worker() {
    stop_.store(true, std::memory_order_relaxed);  // relaxed: [figures.handed] carries it
    // [figures.handed] release
    handed_.fetch_add(1, std::memory_order_release);
    handed_.notify_one();
    thread_.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  bool is_of_this_process() const { return process_ == getpid(); }

  void end_game_frame() {
    ++game_frames_;
    engine::SnapshotHandle state = engine::take_snapshot();
    is_off_ = !state;
    has_ended_ = state && !engine::is_tracing();
    if (is_off_) return;
    const uint32_t next = handed_.load(std::memory_order_relaxed);  // relaxed: only this thread writes it
    // [figures.taken] acquire
    if (next - taken_.load(std::memory_order_acquire) == kMostWaiting) return;
    Slot& slot = slots_[next % kMostWaiting];
    slot.state = std::move(state);
    slot.game_frames = std::exchange(game_frames_, 0);
    // [figures.handed] release
    handed_.store(next + 1, std::memory_order_release);
    handed_.notify_one();
  }

  const GameFrameFigures& newest() {
    if (middle_.load(std::memory_order_relaxed) & kIsNew) {  // relaxed: the exchange below acquires
      // [figures.newest] acq_rel
      front_ = middle_.exchange(front_, std::memory_order_acq_rel) & ~kIsNew;
      has_any_ = true;
    }
    GameFrameFigures& figures = buffers_[front_];
    figures.state = is_off_      ? GameFrameFigures::State::kOff
                    : !has_any_  ? GameFrameFigures::State::kPending
                    : has_ended_ ? GameFrameFigures::State::kEnded
                                 : GameFrameFigures::State::kLive;
    return figures;
  }

 private:
  struct Slot {
    engine::SnapshotHandle state;
    uint32_t game_frames = 0;
  };
  static constexpr uint32_t kIsNew = 4;

  std::thread start_thread() {
    const engine::BlockedSignals blocked;  // the new thread has them blocked, too
    return std::thread([this] {
      pthread_setname_np(pthread_self(), "heapreel-view");
      const engine::UntracedScope untraced;
      run();
    });
  }

  void run() {
    engine::SnapshotHandle before;
    for (uint32_t next = 0;; ++next) {
      // [figures.handed] acquire
      while (handed_.load(std::memory_order_acquire) == next) handed_.wait(next, std::memory_order_acquire);
      if (stop_.load(std::memory_order_relaxed)) return;  // relaxed: [figures.handed] carries it
      Slot& slot = slots_[next % kMostWaiting];
      engine::SnapshotHandle after = std::move(slot.state);
      const uint32_t game_frames = slot.game_frames;
      // [figures.taken] release
      taken_.store(next + 1, std::memory_order_release);
      if (show(before.get(), after, game_frames)) before = std::move(after);
    }
  }

  // False when there is no such state, because memory was spent or the recording process is gone.
  bool show(const engine::FrozenTraces* before, const engine::SnapshotHandle& handle, uint32_t game_frames) {
    const engine::FrozenTraces* after = handle.get();
    if (after == nullptr) return false;
    if (!tally_) tally_.emplace(*engine::tracer_state());
    source_ = FrozenTracebackSource::of(*after);
    tally_->add(before, *after, game_frames, *source_);
    GameFrameFigures& figures = buffers_[back_];
    tally_->write(figures);
    // relaxed, twice: statistics
    figures.is_exact = after->totals.balanced() &&
                       engine::tracer_state()->unrecorded.load(std::memory_order_relaxed) == 0 &&
                       !engine::tracer_state()->misses_malloc.load(std::memory_order_relaxed);
    figures.tracer_bytes = engine::tracer_memory();
    // [figures.newest] acq_rel
    back_ = middle_.exchange(back_ | kIsNew, std::memory_order_acq_rel) & ~kIsNew;
    return true;
  }

  const pid_t process_ = getpid();
  std::array<Slot, kMostWaiting> slots_;
  std::atomic<uint32_t> handed_ = 0;
  std::atomic<uint32_t> taken_ = 0;
  std::atomic<bool> stop_ = false;
  std::array<GameFrameFigures, 3> buffers_;
  std::atomic<uint32_t> middle_ = 1;
  // owner: the caller's thread
  uint32_t front_ = 0;
  uint32_t game_frames_ = 0;
  bool is_off_ = true;
  bool has_ended_ = false;
  bool has_any_ = false;
  // owner: thread_
  uint32_t back_ = 2;
  std::optional<LiveTally> tally_;
  std::shared_ptr<const TracebackSource> source_;  // held here, so that names are read only once
  std::thread thread_;                             // begins last
};

LiveFigures::LiveFigures() {
  const engine::UntracedScope untraced;
  worker_ = std::make_unique<Worker>();
}

LiveFigures::~LiveFigures() {
  const engine::UntracedScope untraced;
  if (!worker_->is_of_this_process()) static_cast<void>(worker_.release());  // its thread is the parent's
}

void LiveFigures::end_game_frame() {
  if (worker_->is_of_this_process()) worker_->end_game_frame();
}

const GameFrameFigures& LiveFigures::newest() {
  static const GameFrameFigures nothing;
  return worker_->is_of_this_process() ? worker_->newest() : nothing;
}

}  // namespace heapreel
