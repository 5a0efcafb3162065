#include "engine/cut.h"

#include <cstring>

#include "engine/recorder_slow.h"

namespace heapreel::engine {

namespace {

constexpr uint32_t kLeastRings = 64;

CutRequest* new_request(TracerState& state, CutKind kind, bool keep) {
  CutRequest* request = state.spare_requests.take();
  if (request == nullptr) request = Arena::make<CutRequest>();
  if (request == nullptr) return nullptr;
  request->kind = kind;
  request->released = false;
  // relaxed: published by [request.queue]
  request->state.store(CutRequest::kPending, std::memory_order_relaxed);
  // relaxed: as above
  request->references.store(keep ? 2 : 1, std::memory_order_relaxed);
  // relaxed: as above
  request->next.store(nullptr, std::memory_order_relaxed);
  return request;
}

// S3, into the request. False when memory is spent.
bool mark_rings(const TracerState& state, CutRequest& request) {
  for (;;) {
    request.ring_count = read_marks(state, request.rings, request.ring_capacity);
    if (request.ring_count <= request.ring_capacity) return true;
    uint32_t capacity = kLeastRings;
    while (capacity < request.ring_count) capacity *= 2;
    request.rings = static_cast<RingMark*>(Arena::allocate(capacity * sizeof(RingMark)));
    request.ring_capacity = request.rings == nullptr ? 0 : capacity;
    if (request.rings == nullptr) return false;
  }
}

// The cut lock, and room in the queue.
class CutTaking {
 public:
  explicit CutTaking(TracerState& state) : state_(state), guard_(state.cut_lock, patience_ns(state)) {}

  // False, after ending tracing, when the cut cannot be taken.
  bool may_proceed() {
    if (!guard_.held()) return give_up(EndReason::kStuck);
    const uint64_t deadline = platform::monotonic_ns() + uint64_t{state_.options.block_deadline_ms} * 1'000'000;
    while (is_full()) {
      if (has_ended(state_) || platform::monotonic_ns() >= deadline) return give_up(EndReason::kOverload);
      platform::sleep_ns(kNapNs);
    }
    return true;
  }

 private:
  static constexpr uint64_t kNapNs = 100'000;

  static bool has_ended(const TracerState& state) {
    // [state.ended] acquire
    return state.ended.load(std::memory_order_acquire) != EndReason::kNotEnded;
  }
  // The holder may be waiting for room.
  static uint64_t patience_ns(const TracerState& state) {
    return has_ended(state) ? 0 : kCutPatienceNs + uint64_t{state.options.block_deadline_ms} * 1'000'000;
  }

  bool is_full() const {
    // relaxed: a level
    return state_.requests_queued - state_.requests_served.load(std::memory_order_relaxed) >= kMostRequests;
  }

  static bool give_up(EndReason reason) {
    count_unrecorded();
    end_tracing(reason);
    return false;
  }

  TracerState& state_;
  FutexLockGuard guard_;
};

// The epoch has advanced, but memory for the request was spent: the consolidator must not wait for it.
CutRequest* advanced_in_vain(TracerState& state) {
  count_unrecorded();
  // relaxed: see TracerState
  state.quiet_advances.fetch_add(1, std::memory_order_relaxed);
  return nullptr;
}

void queue(TracerState& state, CutRequest* request) {
  ++state.requests_queued;
  request->time_ns = platform::monotonic_ns();
  CutRequest* before = state.newest_request;
  state.newest_request = request;
  // [request.queue] release
  before->next.store(request, std::memory_order_release);
}

}  // namespace

uint32_t read_marks(const TracerState& state, RingMark* marks, uint32_t capacity) {
  const uint32_t count = state.rings->count();
  if (count > capacity) return count;
  for (uint32_t index = 0; index < count; ++index) {
    const Recorder* recorder = state.rings->at(index);
    marks[index] = recorder == nullptr ? RingMark{} : recorder->ring.published();
  }
  return count;
}

// The consolidator's own cuts have taken the lines that a cut writes to its core: they are called for side by side.
CutRequest* request_cut(TracerState& state, CutKind kind, bool keep, const char* name) {
  __builtin_prefetch(&state.epoch, 1);
  CutTaking taking(state);
  if (!taking.may_proceed()) return nullptr;
  __builtin_prefetch(state.newest_request, 1);
  CutRequest* request = new_request(state, kind, keep);
  if (request == nullptr) {
    count_unrecorded();
    return nullptr;
  }
  if (name != nullptr) {
    std::strncpy(request->name, name, sizeof(request->name) - 1);
    request->name[sizeof(request->name) - 1] = '\0';
  }
  request->epoch = state.epoch.advance();
  if (!mark_rings(state, *request)) return advanced_in_vain(state);
  queue(state, request);
  return request;
}

CutRequest* request_generation(TracerState& state, Generation* opens) {
  CutTaking taking(state);
  if (!taking.may_proceed()) return nullptr;
  CutRequest* request = new_request(state, CutKind::kGeneration, true);
  if (request == nullptr) return nullptr;
  request->opens = opens;
  if (opens == nullptr) {
    request->epoch = state.epoch.advance();
  } else {
    // relaxed: generations are opened under the cut lock only
    opens->previous.store(state.generation.load(std::memory_order_relaxed), std::memory_order_relaxed);
    // Hooks that see it before the advance have an older tag and go on to `previous`.
    do {
      request->epoch = state.epoch.tag_acquire();
      // relaxed: see Generation::first_tag
      opens->first_tag.store(request->epoch + 1, std::memory_order_relaxed);
      // [state.generation] release
      state.generation.store(opens, std::memory_order_release);
    } while (!state.epoch.advance_from(request->epoch));
  }
  if (!mark_rings(state, *request)) return advanced_in_vain(state);
  queue(state, request);
  return request;
}

void release_request(TracerState& state, CutRequest* request) {
  if (!request->release()) return;
  // relaxed: only its address goes into next_dropped
  CutRequest* newest = state.dropped_requests.load(std::memory_order_relaxed);
  do {
    request->next_dropped = newest;
    // [state.dropped] release; relaxed on failure: tried again
  } while (!state.dropped_requests.compare_exchange_weak(newest, request, std::memory_order_release,
                                                         std::memory_order_relaxed));
}

bool wait_until_fulfilled(const TracerState& state, const CutRequest& request) {
  constexpr uint64_t kLookAgainNs = 50'000'000;
  uint64_t last_heartbeat = 0;
  for (uint64_t waited_ns = 0; waited_ns < kLifelessNs;) {
    // [request.fulfil] acquire
    const uint32_t seen = request.state.load(std::memory_order_acquire);
    if (seen != CutRequest::kPending) return seen == CutRequest::kFulfilled;
    // relaxed: only whether it changes matters
    const uint64_t heartbeat = state.heartbeat_ns.load(std::memory_order_relaxed);
    // relaxed: as above
    if (heartbeat == state.lifeless_heartbeat_ns.load(std::memory_order_relaxed)) return false;
    if (heartbeat != last_heartbeat) waited_ns = 0;
    last_heartbeat = heartbeat;
    const uint64_t before = platform::monotonic_ns();
    platform::futex_wait(request.state, CutRequest::kPending, kLookAgainNs);
    // If it was longer, this process was stopped meanwhile, and the consolidator probably was, too.
    const uint64_t waited = platform::monotonic_ns() - before;
    waited_ns += waited < 2 * kLookAgainNs ? waited : kLookAgainNs;
  }
  // relaxed: as above
  state.lifeless_heartbeat_ns.store(last_heartbeat, std::memory_order_relaxed);
  return false;
}

}  // namespace heapreel::engine
