// Requests to use again: given back by the consolidator, taken by whoever takes a cut.
//
// A list instead of a queue, because take_snapshot() is counted in cache lines of the other core: the taker empties the
// list of returned requests at once and then lives on what it got.
#pragma once

#include <atomic>

#include "engine/cut_request.h"

namespace heapreel::engine {

class SpareRequests {
 public:
  // Null when there is none. Owner: the cut lock's holder.
  CutRequest* take() {
    // [request.spare] acquire
    if (taken_ == nullptr) taken_ = returned_.exchange(nullptr, std::memory_order_acquire);
    CutRequest* request = taken_;
    // relaxed: carried by [request.spare]
    if (request != nullptr) taken_ = request->next.load(std::memory_order_relaxed);
    return request;
  }

  // Owner: the consolidation lock's holder.
  void put(CutRequest* request) {
    // relaxed: compared below; only emptied by others
    CutRequest* newest = returned_.load(std::memory_order_relaxed);
    do {
      // relaxed: published by the exchange
      request->next.store(newest, std::memory_order_relaxed);
      // [request.spare] release; relaxed on failure: nothing was published
    } while (!returned_.compare_exchange_weak(newest, request, std::memory_order_release, std::memory_order_relaxed));
  }

 private:
  CutRequest* taken_ = nullptr;
  alignas(64) std::atomic<CutRequest*> returned_{nullptr};
};

}  // namespace heapreel::engine
