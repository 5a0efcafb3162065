// Requests that can be used again: the consolidator gives them back, and whoever takes a cut takes them.
//
// There are two lists instead of a queue, because the cost of take_snapshot() is counted in cache lines of the other
// core. Cut-takers have a list of their own. When it is empty, they take over all requests that were given back, and
// use these up.
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

  // Takes all of them, as a list by `link`; null when there is none. Owner: the cut lock's holder.
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
  // Null when there is none; then call refill().
  CutRequest* first() const { return first_; }
  void take_first() { first_ = first_->link; }

  // False when there is no request, and no memory for one. Mostly there is one: the consolidator sees to it.
  [[gnu::cold, gnu::noinline]] bool refill(ReturnedRequests& returned) {
    first_ = returned.take_all();
    if (first_ == nullptr) first_ = Arena::make<CutRequest>();
    return first_ != nullptr;
  }

 private:
  CutRequest* first_ = nullptr;
};

}  // namespace heapreel::engine
