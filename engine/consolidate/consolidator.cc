#include "engine/consolidate/consolidator.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/cut/cut.h"
#include "engine/memory/platform.h"
#include "engine/memory/read_once.h"
#include "engine/record/recording_end.h"

namespace heapreel::engine {

namespace {

template <class T>
T* reserved(size_t count) {
  return static_cast<T*>(StoreMemory::reserve(count * sizeof(T)));
}

}  // namespace

Consolidator::Consolidator(TracerState& state)
    : state_(state),
      queue_(reserved<CutRequest*>(kMostWaiting)),
      rings_(reserved<Recorder*>(RingRegistry::kMost)),
      mirrors_(reserved<RingMirror*>(RingRegistry::kMost)),
      marks_(reserved<RingMark>(RingRegistry::kMost)),
      deferred_(reserved<Deferred>(kMostDeferred)) {
  has_memory_ =
      queue_ != nullptr && rings_ != nullptr && mirrors_ != nullptr && marks_ != nullptr && deferred_ != nullptr;
}

void Consolidator::damage() {
  damaged_ = true;
  end_tracing(EndReason::kDamaged);
}

EndReason Consolidator::ended() const {
  if (damaged_) return EndReason::kDamaged;
  // [state.ended] acquire
  const EndReason reason = state_.ended.load(std::memory_order_acquire);
  return reason <= kLastEndReason ? reason : EndReason::kDamaged;
}

bool Consolidator::run_round(CutListener* listener) {
  if (!lock_.try_lock()) return false;
  round(listener != nullptr ? listener : listener_);
  lock_.unlock();
  return true;
}

void Consolidator::run_round_and_pause(RoundPause& pace, CutListener* listener) {
  // [state.waits] acquire
  const uint32_t waits = state_.waits.load(std::memory_order_acquire);
  uint64_t pause_ns = pace.usual_ns();
  if (lock_.try_lock()) {
    round(listener != nullptr ? listener : listener_);
    pause_ns = pace.after(issued_, heartbeat_ns_);
    lock_.unlock();
  }
  platform::futex_wait(state_.waits, waits, pause_ns);
}

bool Consolidator::listen(CutListener& listener) {
  FutexLockGuard guard(lock_, kNoSignOfLifeNs);
  if (guard.held()) listener_ = &listener;
  return guard.held();
}

bool Consolidator::stop_listening(FrozenTraces& last) {
  FutexLockGuard guard(lock_, kNoSignOfLifeNs);
  if (!guard.held()) return false;
  round(listener_);
  listener_ = nullptr;
  last = last_state();
  if (last.store_epoch != 0 && !note_listener_pin(last)) {
    store_->release(last.store_epoch);
    last.store_epoch = 0;
  }
  return true;
}

FrozenTraces Consolidator::last_state() const {
  const uint64_t now = platform::monotonic_ns();
  if (damaged_) return stamped({}, now);
  return store_ == nullptr ? FrozenTraces{} : stamped(store_->freeze(), now);
}

void Consolidator::round(CutListener* listener) {
  if (damaged_) return;
  state_.segments->look();
  take_back_dropped();
  serve_requests(listener);
  own_cut(listener);
  serve_requests(listener);  // what was asked for meanwhile does not wait for another round
  if (damaged_) return;
  keep_requests_ready();
  check_limits();
  reap_generations();
  ++rounds_;
  const uint64_t now = platform::monotonic_ns();
  give_back_surplus(now);
  heartbeat_ns_ = now;
  // relaxed: only its age matters
  state_.heartbeat_ns.store(now, std::memory_order_relaxed);
  // relaxed: a statistic
  Arena::header()->store_accounted.store(StoreMemory::apart_bytes(), std::memory_order_relaxed);
}

// Gives memory back that a peak needed, and nothing since then. Game frames come more often than this is called, so
// that no game frame's memory is given back and taken again.
void Consolidator::give_back_surplus(uint64_t now_ns) {
  constexpr uint64_t kEveryNs = 250'000'000;
  if (now_ns - last_trim_ns_ < kEveryNs) return;
  last_trim_ns_ = now_ns;
  state_.segments->trim();
  if (store_ != nullptr) store_->trim();
  for (TraceStore* store = spare_stores_; store != nullptr; store = store->next) store->trim();
}

void Consolidator::lend_round() {
  if (!lock_.try_lock()) return;
  if (!damaged_) {
    if (const uint32_t waiting = read_queue(); waiting != 0) {
      const CutRequest* oldest = queue_[waiting - 1];
      // The request must be served at its own cut, and its listener is not here. So the rings are drained to that cut
      // and no further.
      drain_to_cut(*oldest);
    } else {
      own_cut(nullptr);
    }
  }
  lock_.unlock();
}

uint32_t Consolidator::read_queue() {
  uint32_t count = 0;
  // [request.queue] acquire
  CutRequest* request = state_.newest_request.load(std::memory_order_acquire);
  for (; request != last_served_; request = request->link) {
    if (count == kMostWaiting || !Arena::holds(request)) {
      damage();
      return 0;
    }
    queue_[count++] = request;
  }
  return count;
}

void Consolidator::serve_requests(CutListener* listener) {
  if (damaged_) return;
  // Requests that come meanwhile are served too, so that nobody waits for another round.
  while (const uint32_t waiting = read_queue()) {
    clock_.read(TickClock::now());
    for (uint32_t place = waiting; place-- > 0;) {
      if (!serve_request(queue_[place], listener)) return;
    }
  }
}

// False when the recording ended because of it.
bool Consolidator::serve_request(CutRequest* request, CutListener* listener) {
  constexpr uint64_t kCutsBetweenReturns = 8;
  // States that a listener gave up meanwhile are taken back. Otherwise a copy for each of a queue of game frames would
  // be kept.
  if (known_cuts_ % kCutsBetweenReturns == 0) take_back_dropped();
  CutRequest* before = std::exchange(last_served_, request);
  ++known_cuts_;
  // relaxed: a level
  state_.requests_served.fetch_add(1, std::memory_order_relaxed);
  if (before != nullptr && before->released != 0) retire_request(before);
  if (requests_ready_ > 0) --requests_ready_;
  drain_to_cut(*request);
  if (damaged_) return false;
  const bool served = serve(*request, listener);
  if (damaged_) return false;
  fulfil(request, served);
  return true;
}

void Consolidator::fulfil(CutRequest* request, bool served) {
  const bool keeps_state = request->kind == CutKind::kSnapshot;
  const bool asks_for_peak = request->kind == CutKind::kPeak;
  // [request.fulfil] release
  request->state.store(served ? CutRequest::kFulfilled : CutRequest::kFailed, std::memory_order_release);
  platform::futex_wake_all(request->state);
  if (!request->release()) {
    ++requests_held_;
    return;
  }
  request->released = 1;
  if (keeps_state) unpin(request->frozen.generation, request->frozen.store_epoch);
  if (asks_for_peak) forget_peak(*request);
}

bool Consolidator::serve(CutRequest& request, CutListener* listener) {
  const uint64_t time_ns = clock_.ns_at(request.ticks);
  switch (request.kind) {
    case CutKind::kTotals:
      break;
    case CutKind::kSnapshot:
      if (store_ != nullptr) {
        request.frozen = stamped(store_->freeze(), time_ns);
        return request.frozen.store_epoch != 0;
      }
      break;
    case CutKind::kGameFrame: {
      const GameFrameSource source = request.source;
      if (source > GameFrameSource::kProgram) {
        damage();
        return false;
      }
      // A worse source may not have noticed yet that there is a better one.
      if (source < game_frame_source_) break;
      // The game frames that worse sources ended before were provisional.
      if (std::exchange(game_frame_source_, source) != source) makeshift_game_frames_ = game_frame_;
      if (listener != nullptr && store_ != nullptr && request.is_numbered == 1)
        listener->on_game_frame_number(game_frame_, request.own_number);
      end_game_frame(time_ns, listener);
      break;
    }
    case CutKind::kMark:
      if (listener != nullptr && store_ != nullptr) tell_of_mark(request, time_ns, *listener);
      break;
    case CutKind::kResetPeak:
      if (store_ != nullptr) store_->reset_peak();
      drop_peak();
      publish_totals();
      break;
    case CutKind::kPeak:
      request.peak = peak_;
      // relaxed: our own reference keeps it
      if (peak_ != nullptr) peak_->references.fetch_add(1, std::memory_order_relaxed);
      break;
    case CutKind::kGeneration:
      if (!switch_generation(request, listener)) return false;
      break;
    default:
      damage();
      return false;
  }
  request.frozen = store_ == nullptr ? FrozenTraces{} : stamped(store_->sums(), time_ns);
  return true;
}

void Consolidator::retire_request(CutRequest* request) {
  if (request == last_served_) return;
  request->is_numbered = 0;
  if (spare_ == nullptr) {
    spare_ = request;
    return;
  }
  state_.returned_requests.put(request);
  ++requests_ready_;
}

// Keeps spare requests ready: a cut-taker that finds none makes one, which costs it a page of new memory.
void Consolidator::keep_requests_ready() {
  constexpr uint32_t kReady = 8;
  for (; requests_ready_ < kReady; ++requests_ready_) {
    auto* request = Arena::make<CutRequest>();
    if (request == nullptr) return;
    state_.returned_requests.put(request);
  }
}

void Consolidator::own_cut(CutListener* listener) {
  // relaxed: see TracerState
  const uint64_t epoch = Epoch::kFirst + known_cuts_ + state_.quiet_advances.load(std::memory_order_relaxed);
  if (!state_.epoch.advance_from(epoch)) return;  // somebody takes a cut right now, or has queued one
  ++known_cuts_;
  apply_own_cut(epoch, listener);
}

// When the marks are read while somebody takes the next cut, they may lie beyond that cut's marks. The state then shows
// some events more, which are tagged before either cut, with all their causes: the union of two closed prefixes is
// closed.
void Consolidator::apply_own_cut(uint64_t epoch, CutListener* listener) {
  look_at_rings();
  for (uint32_t index = 0; index < ring_count_; ++index) {
    marks_[index] = rings_[index] == nullptr ? RingMark{} : rings_[index]->ring.published();
  }
  const uint64_t now = platform::monotonic_ns();
  drain_to(epoch, ring_count_, marks_);
  if (damaged_) return;

  // relaxed: one game frame of the timer more or less at the change does no harm
  const bool by_clock = state_.options.frame_every_ms != 0 &&
                        state_.game_frame_source.load(std::memory_order_relaxed) == GameFrameSource::kTimer;
  if (by_clock) make_game_frame(now, listener);
}

// Ends a game frame that is due, where this round's cut is. The next one is due when it would have been if this one had
// been in time.
void Consolidator::make_game_frame(uint64_t now_ns, CutListener* listener) {
  const uint64_t period_ns = uint64_t{state_.options.frame_every_ms} * 1'000'000;
  const uint64_t took_ns = now_ns - last_game_frame_ns_;
  if (took_ns < period_ns) return;
  if (listener == nullptr && listener_ != nullptr) return;  // a lent round leaves it to the next one
  const bool is_first = last_game_frame_ns_ == 0;
  const bool is_late = took_ns >= period_ns + period_ns / 2;
  last_game_frame_ns_ = is_late ? now_ns : last_game_frame_ns_ + period_ns;
  if (is_first) return;
  made_game_frames_ = true;
  if (is_late) {
    ++late_game_frames_;
    longest_late_ns_ = std::max(longest_late_ns_, took_ns);
  }
  end_game_frame(now_ns, listener);
}

void Consolidator::end_game_frame(uint64_t time_ns, CutListener* listener) {
  if (store_ == nullptr) return;
  store_->set_game_frame(++game_frame_);
  tell_of_game_frame(time_ns, listener);
  store_->begin_game_frame();
}

void Consolidator::tell_of_game_frame(uint64_t time_ns, CutListener* listener) {
  if (listener == nullptr) {
    if (keeps_peak_) keep_peak(time_ns);
    return;
  }
  if (listener == listener_ && keeps_peak_) keep_peak(time_ns);
  if (!listener->wants_game_frame()) return;
  const FrozenTraces state = stamped(store_->freeze(), time_ns);
  keep_or_release(state, listener->on_game_frame(state));
}

void Consolidator::tell_of_mark(const CutRequest& request, uint64_t time_ns, CutListener& listener) {
  char name[sizeof request.name];
  std::memcpy(name, request.name, sizeof name);
  name[sizeof name - 1] = '\0';
  const bool freezes = listener.wants_mark_state();
  const FrozenTraces state = stamped(freezes ? store_->freeze() : store_->sums(), time_ns);
  keep_or_release(state, listener.on_mark(name, state));
}

void Consolidator::keep_or_release(const FrozenTraces& state, bool is_kept) {
  if (state.store_epoch == 0) return;
  if (!is_kept) {
    store_->release(state.store_epoch);
  } else if (!note_listener_pin(state)) {
    end_tracing(EndReason::kMemory);
  }
}

void Consolidator::keep_peak(uint64_t time_ns) {
  if (peak_ != nullptr && store_->totals().live_bytes <= peak_->frozen.totals.live_bytes) return;
  CutRequest* request = std::exchange(spare_, nullptr);
  if (request == nullptr) request = Arena::make<CutRequest>();
  if (request == nullptr) return;
  request->kind = CutKind::kSnapshot;
  request->released = 0;
  // relaxed: nobody else knows it yet
  request->references.store(1, std::memory_order_relaxed);
  request->frozen = stamped(store_->freeze(), time_ns);
  ++requests_held_;
  if (request->frozen.store_epoch == 0) {  // memory is spent
    release_request(state_, request);
    return;
  }
  drop_peak();
  // [request.fulfil] release
  request->state.store(CutRequest::kFulfilled, std::memory_order_release);
  peak_ = request;
}

void Consolidator::drop_peak() {
  if (peak_ != nullptr) release_request(state_, peak_);
  peak_ = nullptr;
}

// Drops the peak of a request whose caller gave up waiting.
void Consolidator::forget_peak(CutRequest& request) {
  if (CutRequest* const peak = read_once(request.peak); peak != nullptr) {
    if (!Arena::holds(peak)) return damage();
    release_request(state_, peak);
  }
  request.peak = nullptr;
}

FrozenTraces Consolidator::stamped(FrozenTraces frozen, uint64_t time_ns) const {
  frozen.time_ns = time_ns;
  frozen.totals = latest_;
  frozen.totals.game_frames = game_frame_;
  frozen.makeshift_game_frames = makeshift_game_frames_;
  frozen.ended = ended();
  // relaxed: a statistic
  frozen.unrecorded = state_.unrecorded.load(std::memory_order_relaxed);
  return frozen;
}

void Consolidator::take_back_dropped() {
  DroppedSnapshot dropped;
  while (dropped_.try_dequeue(dropped)) {
    if (forget_listener_pin(dropped.generation, dropped.store_epoch)) unpin(dropped.generation, dropped.store_epoch);
  }
  // relaxed: looked at again below, or next time
  if (damaged_ || state_.dropped_requests.load(std::memory_order_relaxed) == nullptr) return;
  // [state.dropped] acquire
  CutRequest* request = state_.dropped_requests.exchange(nullptr, std::memory_order_acquire);
  while (request != nullptr) {
    if (requests_held_ == 0 || !Arena::holds(request)) return damage();
    --requests_held_;
    CutRequest* next = request->next_dropped;
    if (request->kind == CutKind::kSnapshot) {
      const uint32_t generation = request->frozen.generation;
      const uint32_t store_epoch = request->frozen.store_epoch;
      // The program cannot give up what the listener holds.
      if (find_listener_pin(generation, store_epoch) != listener_pin_count_) return damage();
      unpin(generation, store_epoch);
    }
    if (request->kind == CutKind::kPeak) forget_peak(*request);
    request->released = 1;
    retire_request(request);
    request = next;
  }
}

void Consolidator::unpin(uint32_t generation, uint32_t store_epoch) {
  TraceStore* store = store_epoch == 0 ? nullptr : store_of(generation);
  if (store == nullptr) return;
  store->release(store_epoch);
  recycle_if_unpinned(store);
}

bool Consolidator::note_listener_pin(const FrozenTraces& state) {
  if (!listener_pins_.make_room(listener_pin_count_ + 1)) return false;
  listener_pins_[listener_pin_count_++] = {.generation = state.generation, .store_epoch = state.store_epoch};
  return true;
}

uint32_t Consolidator::find_listener_pin(uint32_t generation, uint32_t store_epoch) const {
  uint32_t place = 0;
  while (place < listener_pin_count_ &&
         (listener_pins_[place].generation != generation || listener_pins_[place].store_epoch != store_epoch)) {
    ++place;
  }
  return place;
}

bool Consolidator::forget_listener_pin(uint32_t generation, uint32_t store_epoch) {
  const uint32_t place = find_listener_pin(generation, store_epoch);
  if (place == listener_pin_count_) return false;
  listener_pins_[place] = listener_pins_[--listener_pin_count_];
  return true;
}

void Consolidator::drop(TracerState& state, uint32_t generation, uint32_t store_epoch) {
  state.consolidator->dropped_.enqueue({.generation = generation, .store_epoch = store_epoch});
}

void Consolidator::check_limits() {
  if (ended() != EndReason::kNotEnded) return;
  if (store_ != nullptr && store_->counted_out()) return end_tracing(EndReason::kCounter);
  // relaxed: a flag; late is soon enough
  const bool shared_exhausted = Arena::header()->exhausted.load(std::memory_order_relaxed) != 0;
  const size_t reserve = state_.arena_reserve();
  const bool exhausted =
      shared_exhausted || StoreMemory::is_exhausted() || Arena::left() < reserve || StoreMemory::left() < reserve;
  // relaxed: a statistic
  const uint64_t shared_bytes = Arena::header()->accounted.load(std::memory_order_relaxed);
  const bool over_budget = shared_bytes + StoreMemory::apart_bytes() > state_.options.memory_budget;
  if (over_budget && peak_ != nullptr) {  // first goes the state that nobody asked for
    drop_peak();
    keeps_peak_ = false;
    return;
  }
  if (exhausted || over_budget || (store_ != nullptr && store_->exhausted())) end_tracing(EndReason::kMemory);
}

void Consolidator::publish_totals() {
  latest_ = store_ == nullptr ? Totals{} : store_->totals();
  latest_.issued = issued_;
  latest_.stored = stored_;
  latest_.degraded = degraded_;
  latest_.discarded = discarded_;
  latest_.inferred_frees = inferred_frees_;
  latest_.mismatched_frees = mismatched_frees_;
  latest_.untracked_frees = 0;
  for (uint32_t index = 0; index < ring_count_; ++index) {
    const Recorder* recorder = rings_[index];
    // relaxed: a statistic
    if (recorder != nullptr && !recorder->is_untraced_scope)
      latest_.untracked_frees += recorder->untracked_frees.load(std::memory_order_relaxed);
  }
  latest_.game_frames = game_frame_;
  state_.estimate.publish(latest_);
}

}  // namespace heapreel::engine
