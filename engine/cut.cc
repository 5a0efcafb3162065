#include "engine/cut.h"

#include <cstring>

namespace heapreel::engine {

namespace {

// S3, again, with room for all. False when memory is spent.
[[gnu::cold, gnu::noinline]] bool mark_many_rings(const TracerState& state, CutRequest& request) {
  while (request.ring_count > request.ring_capacity) {
    uint32_t capacity = request.ring_capacity;
    while (capacity < request.ring_count) capacity *= 2;
    auto* rings = static_cast<RingMark*>(Arena::allocate(capacity * sizeof(RingMark)));
    if (rings == nullptr) return false;
    request.rings = rings;
    request.ring_capacity = capacity;
    request.ring_count = read_marks(state, rings, capacity);
  }
  return true;
}

[[gnu::cold, gnu::noinline]] void name_mark(CutRequest& request, const char* name) {
  std::strncpy(request.name, name, sizeof(request.name) - 1);
  request.name[sizeof(request.name) - 1] = '\0';
}

// Takes a cut: `advance()` is S1 and S2, and gives the epoch of its end. What it writes is on the other core more often
// than not, so the order is: ask for the lines, then do what needs none of them; nothing that locks a line stands
// behind a store to the request, or it would wait for that one to arrive.
template <class Advance>
[[gnu::always_inline]] inline CutRequest* queue_cut(TracerState& state, CutKind kind, bool keep, Advance&& advance) {
  if (state.spare_requests.first() == nullptr && !state.spare_requests.refill(state.returned_requests)) [[unlikely]]
    return nullptr;
  CutRequest* request = state.spare_requests.first();
  __builtin_prefetch(request, 1);
  __builtin_prefetch(request->few_rings, 1);
  const uint64_t epoch = advance(*request);
  request->ring_count = read_marks(state, request->rings, request->ring_capacity);
  if (request->ring_count > request->ring_capacity && !mark_many_rings(state, *request)) [[unlikely]]
    return nullptr;
  state.spare_requests.take_first();
  request->epoch = epoch;
  request->ticks = cpu::ticks();
  request->kind = kind;
  request->released = false;
  // relaxed: published by [request.queue]
  request->state.store(CutRequest::kPending, std::memory_order_relaxed);
  // relaxed: as above
  request->references.store(keep ? 2 : 1, std::memory_order_relaxed);
  // relaxed: written under the lock
  request->link = state.newest_request.load(std::memory_order_relaxed);
  // [request.queue] release
  state.newest_request.store(request, std::memory_order_release);
  return request;
}

}  // namespace

[[gnu::hot]] CutRequest* request_cut(TracerState& state, CutKind kind, bool keep, const char* name) {
  __builtin_prefetch(&state.epoch, 1);
  __builtin_prefetch(state.rings);
  CutLockGuard guard(state.cut_lock);
  return queue_cut(state, kind, keep, [&](CutRequest& request) {
    if (name != nullptr) name_mark(request, name);
    return state.epoch.advance();
  });
}

CutRequest* request_generation(TracerState& state, Generation* opens) {
  CutLockGuard guard(state.cut_lock);
  return queue_cut(state, CutKind::kGeneration, true, [&](CutRequest& request) {
    request.opens = opens;
    if (opens == nullptr) return state.epoch.advance();
    // relaxed: generations are opened under the cut lock only
    opens->previous.store(state.generation.load(std::memory_order_relaxed), std::memory_order_relaxed);
    // Hooks that see it before the advance have an older tag and go on to `previous`.
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
