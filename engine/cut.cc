#include "engine/cut.h"

#include <cstring>

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

void queue(TracerState& state, CutRequest* request) {
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
  FutexLockGuard guard(state.cut_lock);
  __builtin_prefetch(state.newest_request, 1);
  CutRequest* request = new_request(state, kind, keep);
  if (request == nullptr) return nullptr;
  if (name != nullptr) {
    std::strncpy(request->name, name, sizeof(request->name) - 1);
    request->name[sizeof(request->name) - 1] = '\0';
  }
  request->epoch = state.epoch.advance();
  if (!mark_rings(state, *request)) return nullptr;
  queue(state, request);
  return request;
}

CutRequest* request_generation(TracerState& state, Generation* opens) {
  FutexLockGuard guard(state.cut_lock);
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
  if (!mark_rings(state, *request)) return nullptr;
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
  constexpr uint64_t kLifelessNs = 5'000'000'000;
  for (;;) {
    // [request.fulfil] acquire
    const uint32_t seen = request.state.load(std::memory_order_acquire);
    if (seen != CutRequest::kPending) return seen == CutRequest::kFulfilled;
    // relaxed: only its age matters
    const uint64_t heartbeat = state.heartbeat_ns.load(std::memory_order_relaxed);
    if (platform::monotonic_ns() > heartbeat + kLifelessNs) return false;
    platform::futex_wait(request.state, CutRequest::kPending, kLookAgainNs);
  }
}

}  // namespace heapreel::engine
