// Requests to use again: given back by the consolidator, taken by whoever takes a cut.
//
// Two lists instead of a queue, because take_snapshot() is counted in cache lines of the other core: who finds the one
// empty that only cut-takers use takes over all that were given back, and then lives on them.
#pragma once

#include <atomic>

#include "engine/cut/cut_request.h"

namespace heapreel::engine {

class ReturnedRequests {
 public:
  // Owner: the consolidation lock's holder.
  void put(CutRequest* request) {
    // relaxed: compared below; only emptied by others
    CutRequest* newest = newest_.load(std::memory_order_relaxed);
    do {
      request->link = newest;
      // [request.spare] release; relaxed on failure: nothing was published
    } while (!newest_.compare_exchange_weak(newest, request, std::memory_order_release, std::memory_order_relaxed));
  }

  // All of them, by link; null when there is none. Owner: the cut lock's holder.
  CutRequest* take_all() {
    // [request.spare] acquire
    return newest_.exchange(nullptr, std::memory_order_acquire);
  }

 private:
  std::atomic<CutRequest*> newest_{nullptr};
};

// Owner: the cut lock's holder.
class SpareRequests {
 public:
  // Null when there is none: refill().
  CutRequest* first() const { return first_; }
  void take_first() { first_ = first_->link; }

  // False when there is none, and no memory for one. Mostly there is: the consolidator sees to it.
  [[gnu::cold, gnu::noinline]] bool refill(ReturnedRequests& returned) {
    first_ = returned.take_all();
    if (first_ == nullptr) first_ = Arena::make<CutRequest>();
    return first_ != nullptr;
  }

 private:
  CutRequest* first_ = nullptr;
};

}  // namespace heapreel::engine
