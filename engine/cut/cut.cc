#include "engine/cut/cut.h"

#include <bit>
#include <cstring>

#include "engine/memory/name_table.h"
#include "engine/record/recording_end.h"

namespace heapreel::engine {

namespace {

// Holds the cut lock, and has made sure of room in the queue.
class CutTaking {
 public:
  explicit CutTaking(CutState& state)
      : state_(state), held_(state.cut_lock.try_lock() || state.cut_lock.lock_within(patience_ns(state))) {}
  ~CutTaking() {
    if (held_) state_.cut_lock.unlock();
  }
  CutTaking(const CutTaking&) = delete;
  CutTaking& operator=(const CutTaking&) = delete;

  // False when the cut cannot be taken; tracing has then ended.
  bool may_proceed() {
    if (held_ && state_.requests_queued != state_.queue_limit) [[likely]]
      return true;
    return held_ ? wait_for_room() : give_up(EndReason::kStuck);
  }

 private:
  static constexpr uint64_t kNapNs = 100'000;

  static bool has_ended(const CutState& state) {
    // [state.ended] acquire
    return state.ended.load(std::memory_order_acquire) != EndReason::kNotEnded;
  }
  // The holder may be waiting for room.
  [[gnu::cold, gnu::noinline]] static uint64_t patience_ns(const CutState& state) {
    return has_ended(state) ? 0 : kCutPatienceNs + uint64_t{state.options.block_deadline_ms} * 1'000'000;
  }

  [[gnu::cold, gnu::noinline]] bool wait_for_room() {
    const uint64_t deadline = platform::monotonic_ns() + uint64_t{state_.options.block_deadline_ms} * 1'000'000;
    for (;;) {
      // relaxed: a level
      state_.queue_limit = state_.requests_served.load(std::memory_order_relaxed) + kMostRequests;
      if (state_.requests_queued != state_.queue_limit) return true;
      if (has_ended(state_) || platform::monotonic_ns() >= deadline) return give_up(EndReason::kOverload);
      platform::sleep_ns(kNapNs);
    }
  }

  [[gnu::cold, gnu::noinline]] static bool give_up(EndReason reason) {
    count_unrecorded();
    end_tracing(reason);
    return false;
  }

  CutState& state_;
  const bool held_;
};

// To be called when the epoch has advanced, but there is no memory for the request: the consolidator must not wait for
// it.
[[gnu::cold, gnu::noinline]] CutRequest* advance_without_request(CutState& state) {
  count_unrecorded();
  // relaxed: see CutState
  state.quiet_advances.fetch_add(1, std::memory_order_relaxed);
  return nullptr;
}

// S3 once more, with room for all rings. False when memory is spent.
[[gnu::cold, gnu::noinline]] bool mark_many_rings(const CutState& state, CutRequest& request) {
  while (request.ring_count > request.ring_capacity) {
    const uint32_t capacity = std::bit_ceil(request.ring_count);
    auto* rings = static_cast<RingMark*>(Arena::allocate(capacity * sizeof(RingMark)));
    if (rings == nullptr) return false;
    request.rings = rings;
    request.ring_capacity = capacity;
    request.ring_count = read_marks(state, rings, capacity);
  }
  return true;
}

[[gnu::cold, gnu::noinline]] void name_mark(CutRequest& request, const char* name) {
  const size_t length = length_that_fits(name, sizeof(request.name) - 1);
  std::memcpy(request.name, name, length);
  request.name[length] = '\0';
}

// Takes a cut: `advance()` is S1 and S2, and returns the epoch in which the cut ends. Most lines that it writes are in
// the cache of another core. So it prefetches these lines first, and then does what needs none of them. No instruction
// that locks a line comes after a store to the request, because it would wait until that store is done.
template <class Advance>
[[gnu::always_inline]] inline CutRequest* queue_cut(CutState& state, CutKind kind, bool keep, Advance&& advance) {
  if (state.spare_requests.first() == nullptr && !state.spare_requests.refill(state.returned_requests)) [[unlikely]] {
    if (kind != CutKind::kGeneration) count_unrecorded();
    return nullptr;
  }
  CutRequest* request = state.spare_requests.first();
  __builtin_prefetch(request, 1);
  __builtin_prefetch(request->few_rings, 1);
  const uint64_t epoch = advance(*request);
  request->ring_count = read_marks(state, request->rings, request->ring_capacity);
  if (request->ring_count > request->ring_capacity && !mark_many_rings(state, *request)) [[unlikely]]
    return advance_without_request(state);
  state.spare_requests.take_first();
  request->epoch = epoch;
  request->ticks = cpu::ticks();
  request->kind = kind;
  request->released = false;
  // relaxed: published by [request.queue]
  request->state.store(CutRequest::kPending, std::memory_order_relaxed);
  // relaxed: as above
  request->references.store(keep ? 2 : 1, std::memory_order_relaxed);
  ++state.requests_queued;
  // relaxed: written under the lock
  request->link = state.newest_request.load(std::memory_order_relaxed);
  // [request.queue] release
  state.newest_request.store(request, std::memory_order_release);
  return request;
}

// Takes a cut now; `fill(request)` adds what its kind needs.
template <class Fill>
[[gnu::always_inline]] inline CutRequest* take_cut(CutState& state, CutKind kind, bool keep, Fill&& fill) {
  __builtin_prefetch(&state.epoch, 1);
  __builtin_prefetch(state.rings);
  CutTaking taking(state);
  if (!taking.may_proceed()) [[unlikely]]
    return nullptr;
  return queue_cut(state, kind, keep, [&](CutRequest& request) {
    fill(request);
    return state.epoch.advance();
  });
}

}  // namespace

[[gnu::hot]] CutRequest* request_cut(CutState& state, CutKind kind, bool keep, const char* name) {
  return take_cut(state, kind, keep, [name](CutRequest& request) {
    if (name != nullptr) name_mark(request, name);
  });
}

[[gnu::hot]] void request_game_frame(CutState& state, GameFrameSource source) {
  take_cut(state, CutKind::kGameFrame, false, [source](CutRequest& request) { request.source = source; });
}

void request_numbered_game_frame(CutState& state, uint32_t number) {
  take_cut(state, CutKind::kGameFrame, false, [number](CutRequest& request) {
    request.source = GameFrameSource::kProgram;
    request.is_numbered = 1;
    request.own_number = number;
  });
}

CutRequest* request_generation(CutState& state, Generation* opens) {
  CutTaking taking(state);
  if (!taking.may_proceed()) return nullptr;
  return queue_cut(state, CutKind::kGeneration, true, [&](CutRequest& request) {
    request.opens = opens;
    if (opens == nullptr) return state.epoch.advance();
    // relaxed: generations are opened under the cut lock only
    opens->previous.store(state.generation.load(std::memory_order_relaxed), std::memory_order_relaxed);
    // Hooks that see it before the epoch advances have an older tag, and go on to `previous`.
    uint64_t epoch = 0;
    do {
      epoch = state.epoch.tag_acquire();
      // relaxed: see Generation::first_tag
      opens->first_tag.store(epoch + 1, std::memory_order_relaxed);
      // [state.generation] release
      state.generation.store(opens, std::memory_order_release);
    } while (!state.epoch.advance_from(epoch));
    return epoch;
  });
}

void release_request(CutState& state, CutRequest* request) {
  if (!request->release()) return;
  // relaxed: only its address goes into next_dropped
  CutRequest* newest = state.dropped_requests.load(std::memory_order_relaxed);
  do {
    request->next_dropped = newest;
    // [state.dropped] release; relaxed on failure: tried again
  } while (!state.dropped_requests.compare_exchange_weak(newest, request, std::memory_order_release,
                                                         std::memory_order_relaxed));
}

bool wait_until_fulfilled(const CutState& state, const CutRequest& request) {
  constexpr uint64_t kLookAgainNs = 50'000'000;
  // [request.fulfil] acquire
  if (request.state.load(std::memory_order_acquire) == CutRequest::kPending) {
    // [state.waits] release
    state.waits.fetch_add(1, std::memory_order_release);
    platform::futex_wake_all(state.waits);
  }
  uint64_t last_heartbeat = 0;
  for (uint64_t waited_ns = 0; waited_ns < kNoSignOfLifeNs;) {
    // [request.fulfil] acquire
    const uint32_t seen = request.state.load(std::memory_order_acquire);
    if (seen != CutRequest::kPending) return seen == CutRequest::kFulfilled;
    // relaxed: only whether it changes matters
    const uint64_t heartbeat = state.heartbeat_ns.load(std::memory_order_relaxed);
    // After that nobody serves requests.
    // [state.ended] acquire
    if (state.ended.load(std::memory_order_acquire) == EndReason::kDamaged) return false;
    // relaxed: as above
    if (heartbeat == state.lifeless_heartbeat_ns.load(std::memory_order_relaxed)) return false;
    if (heartbeat != last_heartbeat) waited_ns = 0;
    last_heartbeat = heartbeat;
    const uint64_t before = platform::monotonic_ns();
    platform::futex_wait(request.state, CutRequest::kPending, kLookAgainNs);
    // If the wait took longer, this process was stopped meanwhile, and the consolidator was probably stopped too.
    const uint64_t waited = platform::monotonic_ns() - before;
    waited_ns += waited < 2 * kLookAgainNs ? waited : kLookAgainNs;
  }
  // relaxed: as above
  state.lifeless_heartbeat_ns.store(last_heartbeat, std::memory_order_relaxed);
  return false;
}

}  // namespace heapreel::engine
