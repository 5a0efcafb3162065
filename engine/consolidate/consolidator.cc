#include "engine/consolidate/consolidator.h"

#include <algorithm>
#include <new>
#include <utility>

#include "engine/cut/cut.h"
#include "engine/memory/platform.h"
#include "engine/record/recording_end.h"

namespace heapreel::engine {

Consolidator::Consolidator(TracerState& state)
    : state_(state),
      lease_token_(state.leases),
      region_token_(state.spare_regions),
      generation_token_(state.spare_generations),
      mirrors_(static_cast<RingMirror**>(Arena::reserve(RingRegistry::kMost * sizeof(RingMirror*)))),
      marks_(static_cast<RingMark*>(Arena::reserve(RingRegistry::kMost * sizeof(RingMark)))),
      deferred_(static_cast<Deferred*>(Arena::reserve(kMostDeferred * sizeof(Deferred)))) {
  // The queue begins with a request that has been served.
  last_served_ = Arena::make<CutRequest>();
  last_served_->released = true;
  // relaxed: nobody takes cuts yet
  state.newest_request.store(last_served_, std::memory_order_relaxed);
}

bool Consolidator::run_round(CutListener* listener) {
  if (!state_.consolidation_lock.try_lock()) return false;
  round(listener);
  state_.consolidation_lock.unlock();
  return true;
}

uint64_t Consolidator::run_round_and_pause(RoundPause& pace, CutListener* listener) {
  if (!state_.consolidation_lock.try_lock()) return pace.usual_ns();
  round(listener);
  // relaxed: written by the round
  const uint64_t pause_ns = pace.after(issued_, state_.heartbeat_ns.load(std::memory_order_relaxed));
  state_.consolidation_lock.unlock();
  return pause_ns;
}

void Consolidator::run_final_round(CutListener* listener) {
  // A thread may have died in the middle of a cut of its own, or lending its time.
  new (&state_.consolidation_lock) FutexLock();
  take_back_dropped();
  serve_requests(listener);
  apply_own_cut(state_.epoch.advance(), listener);
  check_limits();
  ++rounds_;
}

FrozenTraces Consolidator::last_state() const {
  return store_ == nullptr ? FrozenTraces{} : stamped(store_->freeze(), platform::monotonic_ns());
}

void Consolidator::round(CutListener* listener) {
  state_.segments.look();
  take_back_dropped();
  serve_requests(listener);
  own_cut(listener);
  serve_requests(listener);  // what was asked for meanwhile does not wait for another round
  keep_requests_ready();
  check_limits();
  reap_generations();
  ++rounds_;
  const uint64_t now = platform::monotonic_ns();
  give_back_surplus(now);
  // relaxed: only its age matters
  state_.heartbeat_ns.store(now, std::memory_order_relaxed);
}

// What a peak needed, and nothing since: game frames come more often than this, so that none pays for the one before.
void Consolidator::give_back_surplus(uint64_t now_ns) {
  constexpr uint64_t kEveryNs = 250'000'000;
  if (now_ns - last_trim_ns_ < kEveryNs) return;
  last_trim_ns_ = now_ns;
  state_.segments.trim();
  if (store_ != nullptr) store_->trim();
  for (TraceStore* store = spare_stores_; store != nullptr; store = store->next) store->trim();
}

void Consolidator::lend_round() {
  if (!state_.consolidation_lock.try_lock()) return;
  // [request.queue] acquire
  const CutRequest* pending = state_.newest_request.load(std::memory_order_acquire);
  if (pending != last_served_) {
    while (pending->link != last_served_) pending = pending->link;
    // It must be served at its own cut, and its listener is not here: drained to there, and no further.
    drain_to(pending->epoch, pending->ring_count, pending->rings);
  } else {
    own_cut(nullptr);
  }
  state_.consolidation_lock.unlock();
}

CutRequest* Consolidator::take_queue() {
  // [request.queue] acquire
  CutRequest* newest = state_.newest_request.load(std::memory_order_acquire);
  CutRequest* oldest = nullptr;
  while (newest != last_served_) {
    CutRequest* before = newest->link;
    newest->link = oldest;
    oldest = newest;
    newest = before;
  }
  return oldest;
}

void Consolidator::serve_requests(CutListener* listener) {
  constexpr uint64_t kCutsBetweenReturns = 8;
  // What is queued meanwhile is served too: nobody waits for another round.
  while (CutRequest* oldest = take_queue()) {
    clock_.read(TickClock::now());
    for (CutRequest* request = oldest; request != nullptr;) {
      CutRequest* following = request->link;
      // What a listener let go meanwhile: of a queue of many game frames a copy of each would be kept.
      if (known_cuts_ % kCutsBetweenReturns == 0) take_back_dropped();
      CutRequest* before = std::exchange(last_served_, request);
      ++known_cuts_;
      // relaxed: a level
      state_.requests_served.fetch_add(1, std::memory_order_relaxed);
      if (before->released) retire_request(before);
      if (requests_ready_ > 0) --requests_ready_;
      drain_to(request->epoch, request->ring_count, request->rings);
      const bool served = serve(*request, listener);
      fulfil(request, served);
      request = following;
    }
  }
}

void Consolidator::fulfil(CutRequest* request, bool served) {
  const bool keeps_state = request->kind == CutKind::kSnapshot;
  const bool asks_for_peak = request->kind == CutKind::kPeak;
  // [request.fulfil] release
  request->state.store(served ? CutRequest::kFulfilled : CutRequest::kFailed, std::memory_order_release);
  platform::futex_wake_all(request->state);
  if (!request->release()) return;
  request->released = true;
  if (keeps_state && store_ != nullptr) store_->release(request->frozen.store_epoch);
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
    case CutKind::kGameFrame:
      // A boundary of the program's own: what the clock made before was a makeshift.
      if (!std::exchange(has_own_game_frames_, true)) clock_game_frames_ = game_frame_;
      end_game_frame(time_ns, listener);
      break;
    case CutKind::kMark:
      if (listener != nullptr && store_ != nullptr) {
        listener->on_mark(request.name, stamped(store_->sums(), time_ns));
      }
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
  }
  request.frozen = store_ == nullptr ? FrozenTraces{} : stamped(store_->sums(), time_ns);
  return true;
}

void Consolidator::retire_request(CutRequest* request) {
  if (request == last_served_) return;
  if (spare_ == nullptr) {
    spare_ = request;
    return;
  }
  state_.returned_requests.put(request);
  ++requests_ready_;
}

// A cut-taker that finds no spare request makes one, which costs it a page of new memory.
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

// Marks that are read while somebody takes the next cut may lie beyond that one's. It then shows some events more,
// which are tagged before either, with all their causes: the union of two closed prefixes is closed.
void Consolidator::apply_own_cut(uint64_t epoch, CutListener* listener) {
  const uint32_t count = read_marks(state_, marks_, RingRegistry::kMost);
  const uint64_t now = platform::monotonic_ns();
  drain_to(epoch, count, marks_);

  // relaxed: a clock-made game frame more or less at the change does no harm
  const bool by_clock =
      state_.options.frame_every_ms != 0 && state_.own_game_frames.load(std::memory_order_relaxed) == 0;
  if (by_clock) make_game_frame(now, listener);
}

// A game frame that is due. It ends where this round's cut does; the next one is due when it would have been, had this
// one been in time.
void Consolidator::make_game_frame(uint64_t now_ns, CutListener* listener) {
  const uint64_t period_ns = uint64_t{state_.options.frame_every_ms} * 1'000'000;
  const uint64_t took_ns = now_ns - last_game_frame_ns_;
  if (took_ns < period_ns) return;
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
  if (listener == nullptr) {
    if (keeps_peak_) keep_peak(time_ns);
    return;
  }
  const FrozenTraces state = stamped(store_->freeze(), time_ns);
  if (!listener->on_game_frame(state)) store_->release(state.store_epoch);
}

void Consolidator::keep_peak(uint64_t time_ns) {
  if (peak_ != nullptr && store_->totals().live_bytes <= peak_->frozen.totals.live_bytes) return;
  CutRequest* request = std::exchange(spare_, nullptr);
  if (request == nullptr) request = Arena::make<CutRequest>();
  if (request == nullptr) return;
  request->kind = CutKind::kSnapshot;
  request->released = false;
  // relaxed: nobody else knows it yet
  request->references.store(1, std::memory_order_relaxed);
  request->frozen = stamped(store_->freeze(), time_ns);
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

// Drops the peak that a request carries when its caller gave up waiting.
void Consolidator::forget_peak(CutRequest& request) {
  if (request.peak != nullptr) release_request(state_, request.peak);
  request.peak = nullptr;
}

FrozenTraces Consolidator::stamped(FrozenTraces frozen, uint64_t time_ns) const {
  frozen.time_ns = time_ns;
  frozen.totals = latest_;
  frozen.totals.game_frames = game_frame_;
  frozen.clock_game_frames = clock_game_frames_;
  // [state.ended] acquire
  frozen.ended = state_.ended.load(std::memory_order_acquire);
  // relaxed: a statistic
  frozen.unrecorded = state_.unrecorded.load(std::memory_order_relaxed);
  return frozen;
}

bool Consolidator::switch_generation(CutRequest& request, CutListener* listener) {
  if (generation_ != nullptr && listener != nullptr) {
    listener->on_generation_end(stamped(store_->sums(), clock_.ns_at(request.ticks)));
  }
  drop_peak();
  keeps_peak_ = state_.options.keep_peak;
  generation_ = request.opens;
  if (TraceStore* closed = store_; closed != nullptr) {
    store_ = nullptr;
    closed->next = held_stores_;
    held_stores_ = closed;
    recycle_if_unpinned(closed);
  }
  bool opened = true;
  if (generation_ != nullptr) {
    newest_opened_ = generation_;
    opened = open_store(generation_);
    if (!opened) {
      generation_ = nullptr;
      end_tracing(EndReason::kMemory);
    }
  }
  publish_totals();
  return opened;
}

bool Consolidator::open_store(Generation* generation) {
  TraceStore* store = spare_stores_;
  if (store == nullptr) store = Arena::make<TraceStore>(ranges_, state_.modules);
  if (store == nullptr) return false;
  if (store == spare_stores_) spare_stores_ = store->next;
  if (!store->open()) {
    store->clear();
    store->next = spare_stores_;
    spare_stores_ = store;
    return false;
  }
  store->generation = generation->number;
  store->traceback_limit = generation->traceback_limit;
  store->set_game_frame(game_frame_);
  store_ = store;
  return true;
}

// Null when nobody holds a state of that generation.
TraceStore* Consolidator::store_of(uint32_t number) const {
  if (store_ != nullptr && store_->generation == number) return store_;
  TraceStore* store = held_stores_;
  while (store != nullptr && store->generation != number) store = store->next;
  return store;
}

// The store of a closed generation goes once nobody looks at it.
void Consolidator::recycle_if_unpinned(TraceStore* store) {
  if (store == store_ || store->pinned() != 0) return;
  TraceStore** link = &held_stores_;
  while (*link != store) link = &(*link)->next;
  *link = store->next;
  store->clear();
  store->next = spare_stores_;
  spare_stores_ = store;
}

void Consolidator::take_back_dropped() {
  DroppedSnapshot dropped;
  while (state_.dropped.try_dequeue(dropped)) unpin(dropped.generation, dropped.store_epoch);
  // relaxed: looked at again below, or next time
  if (state_.dropped_requests.load(std::memory_order_relaxed) == nullptr) return;
  // [state.dropped] acquire
  CutRequest* request = state_.dropped_requests.exchange(nullptr, std::memory_order_acquire);
  while (request != nullptr) {
    CutRequest* next = request->next_dropped;
    if (request->kind == CutKind::kSnapshot) unpin(request->frozen.generation, request->frozen.store_epoch);
    if (request->kind == CutKind::kPeak) forget_peak(*request);
    request->released = true;
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

void Consolidator::drop(TracerState& state, uint32_t generation, uint32_t store_epoch) {
  state.dropped.enqueue({.generation = generation, .store_epoch = store_epoch});
}

void Consolidator::reap_generations() {
  constexpr uint64_t kEveryNs = 10'000'000;
  // relaxed: opened under the cut lock; a late look is made up for next time
  Generation* newest = state_.generation.load(std::memory_order_relaxed);
  if (newest == nullptr || newest != newest_opened_) return;
  // relaxed: written here only
  Generation* closed = newest->previous.load(std::memory_order_relaxed);
  if (closed == nullptr) return;
  const uint64_t now = platform::monotonic_ns();
  if (now - last_reap_ns_ < kEveryNs) return;
  last_reap_ns_ = now;
  // A hook that began before the fence shows `inside`; one that begins after it sees the newest generation's tag. So
  // each recorder must be seen outside once; all at the same time they may never be.
  if (reaping_before_ != newest) {
    if (!platform::process_fence()) return;
    reaping_before_ = newest;
    rings_seen_outside_ = 0;
  }
  for (; rings_seen_outside_ < state_.rings->count(); ++rings_seen_outside_) {
    const Recorder* recorder = state_.rings->at(rings_seen_outside_);
    // [recorder.inside] acquire
    if (recorder != nullptr && recorder->inside.load(std::memory_order_acquire) == Recorder::kInHook) return;
  }
  reaping_before_ = nullptr;
  // relaxed: nobody follows it any more
  newest->previous.store(nullptr, std::memory_order_relaxed);
  while (closed != nullptr) {
    for (const auto& slot : closed->maps) {
      // relaxed: nobody else uses the map any more
      BlockMap* map = slot.load(std::memory_order_relaxed);
      if (map == nullptr) continue;
      map->for_each_region([this](BlockMap::Entry* region) {
        Arena::release(region, BlockMap::kRegionBytes);
        state_.spare_regions.enqueue(region_token_, region);
      });
      Arena::release(map, sizeof(BlockMap));
    }
    if (DenseMap* dense = closed->dense_map(); dense != nullptr) {
      dense->clear([this](void* chunk) { state_.spare_regions.enqueue(region_token_, chunk); });
    }
    closed->large.clear();
    if (BlockHashTable* table = closed->block_hash_table(); table != nullptr) table->clear();
    // relaxed: as above
    Generation* older = closed->previous.load(std::memory_order_relaxed);
    closed->become_spare();
    state_.spare_generations.enqueue(generation_token_, closed);
    closed = older;
  }
}

void Consolidator::check_limits() {
  // [state.ended] acquire
  if (state_.ended.load(std::memory_order_acquire) != EndReason::kNotEnded) return;
  if (store_ != nullptr && store_->counted_out()) return end_tracing(EndReason::kCounter);
  // relaxed: a flag; late is soon enough
  const bool exhausted =
      Arena::header()->exhausted.load(std::memory_order_relaxed) != 0 || Arena::left() < state_.arena_reserve();
  // relaxed: a statistic
  const bool over_budget = Arena::header()->accounted.load(std::memory_order_relaxed) > state_.options.memory_budget;
  if (over_budget && peak_ != nullptr) {  // what nobody asked for goes first
    drop_peak();
    keeps_peak_ = false;
    return;
  }
  if (exhausted || over_budget || (store_ != nullptr && store_->exhausted())) end_tracing(EndReason::kMemory);
}

void Consolidator::add_to(OwnMemory& memory) const {
  if (store_ != nullptr) store_->add_to(memory);
  for (const TraceStore* store = held_stores_; store != nullptr; store = store->next) store->add_to(memory);
  for (const TraceStore* store = spare_stores_; store != nullptr; store = store->next) store->add_to(memory);
  for (uint32_t index = 0; index < state_.rings->count(); ++index) {
    if (mirrors_[index] != nullptr) memory.threads += sizeof(RingMirror);
  }
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
  for (uint32_t index = 0; index < state_.rings->count(); ++index) {
    const Recorder* recorder = state_.rings->at(index);
    // relaxed: a statistic
    if (recorder != nullptr && !recorder->is_untraced_scope)
      latest_.untracked_frees += recorder->untracked_frees.load(std::memory_order_relaxed);
  }
  latest_.game_frames = game_frame_;
  state_.estimate.publish(latest_);
}

}  // namespace heapreel::engine
