#include "snapshot/reel/write/reel_recorder.h"

#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/memory/blocked_signals.h"
#include "engine/tracer/tracer.h"

namespace heapreel {

using engine::FrozenTraces;

ReelRecorder::ReelRecorder(engine::TracerState& tracer, ReelWriter& writer, size_t most_queued_states,
                           GameFrameWatch* watch, uint32_t patience_ms, Writes writes)
    : tracer_(tracer),
      writer_(writer),
      most_queued_states_(most_queued_states),
      watch_(watch),
      patience_(patience_ms),
      thread_(start_thread(writes)) {}

std::thread ReelRecorder::start_thread(Writes writes) {
  if (writes == Writes::kAnotherProcess) return std::thread([this] { run(); });
  const engine::BlockedSignals blocked;  // the new thread has them blocked, too
  return std::thread([this] {
    pthread_setname_np(pthread_self(), "heapreel-reel");
    const engine::UntracedScope untraced;
    run();
    timespec used{};
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) == 0) {
      writing_ns_ = static_cast<uint64_t>(used.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(used.tv_nsec);
    }
  });
}

ReelRecorder::~ReelRecorder() {
  stop_thread();
  forget_written();
}

bool ReelRecorder::on_game_frame(const FrozenTraces& state) {
  // A state that could not be pinned may change while it is written; its sums cannot.
  const bool pinned = state.store_epoch != 0;
  Item item{pinned ? Item::Kind::kState : Item::Kind::kSums, state, {}};
  if (!pinned) item.peaks = domain_peaks_of(state);
  push(std::move(item));
  return pinned;
}

void ReelRecorder::on_game_frame_number(uint32_t game_frame, uint32_t number) {
  Item item{Item::Kind::kNumber, {}, {}, number};
  item.state.game_frame = game_frame;
  push(std::move(item));
}

// No state is frozen for a mark that would find no room.
bool ReelRecorder::wants_mark_state() {
  std::unique_lock lock(mutex_);
  wait_for_room(lock, queued_mark_states_);
  return queued_mark_states_ < most_queued_states_;
}

bool ReelRecorder::on_mark(const char* name, const FrozenTraces& state) {
  push({Item::Kind::kMark, state, name});
  return state.store_epoch != 0;
}

void ReelRecorder::on_generation_end(const FrozenTraces& last) {
  push({Item::Kind::kGenerationEnd, last, {}});
}

void ReelRecorder::push(Item item) {
  {
    std::unique_lock lock(mutex_);
    const Item::Kind kind = item.kind;
    if (kind == Item::Kind::kState) wait_for_room(lock, queued_states_);
    if (is_mark_state(item)) ++queued_mark_states_;
    queue_.push_back(std::move(item));
    if (kind == Item::Kind::kState && ++queued_states_ > most_queued_states_) let_go_of_oldest_state();
    if (kind == Item::Kind::kSums) ++merged_;
  }
  changed_.notify_one();
}

bool ReelRecorder::is_mark_state(const Item& item) {
  return item.kind == Item::Kind::kMark && item.state.store_epoch != 0;
}

// Waiting in vain once is enough until the writer has caught up: a disk that takes nothing must not stop the program in
// each game frame.
void ReelRecorder::wait_for_room(std::unique_lock<std::mutex>& lock, const size_t& queued) {
  if (queued_states_ + queued_mark_states_ == 0) waited_in_vain_ = false;
  if (patience_.count() == 0 || waited_in_vain_) return;
  waited_in_vain_ = !has_room_.wait_for(lock, patience_, [&] { return queued < most_queued_states_; });
}

void ReelRecorder::let_go_of_oldest_state() {
  const auto oldest = std::ranges::find_if(queue_, [](const Item& item) { return item.kind == Item::Kind::kState; });
  oldest->peaks = domain_peaks_of(oldest->state);
  drop(oldest->state);
  oldest->kind = Item::Kind::kSums;
  --queued_states_;
  ++merged_;
}

void ReelRecorder::drop(const FrozenTraces& state) {
  engine::Consolidator::drop(tracer_, state.generation, state.store_epoch);
}

void ReelRecorder::forget_marked() {
  if (std::exchange(has_marked_, false)) drop(marked_);
}

void ReelRecorder::forget_written() {
  forget_marked();
  if (std::exchange(has_written_, false)) drop(written_);
}

void ReelRecorder::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const Item item = std::move(queue_.front());
    queue_.pop_front();
    if (item.kind == Item::Kind::kState) --queued_states_;
    if (is_mark_state(item)) --queued_mark_states_;
    lock.unlock();
    has_room_.notify_one();
    write(item);
    lock.lock();
  }
}

void ReelRecorder::write(const Item& item) {
  switch (item.kind) {
    case Item::Kind::kState:
      note(writer_.write_game_frame(has_written_ ? &written_ : nullptr, item.state));
      if (watch_ != nullptr) watch_->on_game_frame(has_written_ ? &written_ : nullptr, item.state);
      forget_written();
      written_ = item.state;
      has_written_ = true;
      return;
    case Item::Kind::kSums:
      note(writer_.write_merged_game_frame(item.state, item.peaks));
      if (watch_ != nullptr) watch_->on_merged_game_frame(item.state);
      return;
    case Item::Kind::kNumber:
      note(writer_.write_game_frame_number(item.state.game_frame, item.number));
      if (watch_ != nullptr) watch_->on_game_frame_number(item.state.game_frame, item.number);
      return;
    case Item::Kind::kMark:
      note(writer_.write_mark(item.name, has_marked_ ? &marked_ : has_written_ ? &written_ : nullptr, item.state));
      if (watch_ != nullptr) watch_->on_mark(item.name, item.state);
      if (!is_mark_state(item)) return;
      forget_marked();
      marked_ = item.state;
      has_marked_ = true;
      return;
    case Item::Kind::kGenerationEnd:
      note(writer_.write_generation_end(item.state));
      if (watch_ != nullptr) watch_->on_generation_end(item.state);
      forget_written();
      return;
  }
}

void ReelRecorder::note(std::string error) {
  if (first_error_.empty()) first_error_ = std::move(error);
}

void ReelRecorder::stop_thread() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::string ReelRecorder::finish(const FrozenTraces* last, const ReelEnd& end) {
  stop_thread();
  if (last != nullptr) note(writer_.write_end_state(has_written_ ? &written_ : nullptr, *last));
  if (last != nullptr && watch_ != nullptr) watch_->on_end(*last);
  note(writer_.finish(end));
  forget_written();
  return first_error_;
}

uint64_t ReelRecorder::merged() const {
  std::lock_guard lock(mutex_);
  return merged_;
}

}  // namespace heapreel
