// moodycamel's queue with its memory from the arena, for control traffic: free segments, leases, dropped snapshots.
//
// Ends that live in another process use explicit producer tokens: implicit producers are told apart by the address of
// a thread-local, which is unique within one process only.
#pragma once

#include <concurrentqueue/concurrentqueue.h>

#include "engine/memory/arena.h"

namespace heapreel::engine {

struct ArenaQueueTraits : moodycamel::ConcurrentQueueDefaultTraits {
  static constexpr size_t BLOCK_SIZE = 64;
  static constexpr bool RECYCLE_ALLOCATED_BLOCKS = true;  // the arena takes nothing back

  static void*(malloc)(size_t bytes) { return Arena::allocate(bytes); }
  static void(free)(void*) {}
};

template <class T>
using ArenaQueue = moodycamel::ConcurrentQueue<T, ArenaQueueTraits>;

}  // namespace heapreel::engine
