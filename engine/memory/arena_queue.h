// moodycamel's queue, with its memory where the consolidator's is: for what threads of the consolidating process hand
// to the consolidator. What two processes hand to each other goes through a Handover instead, because this queue
// follows pointers that a wild write of the program could reach.
#pragma once

#include <concurrentqueue/concurrentqueue.h>

#include "engine/memory/store_memory.h"

namespace heapreel::engine {

struct ArenaQueueTraits : moodycamel::ConcurrentQueueDefaultTraits {
  static constexpr size_t BLOCK_SIZE = 64;
  static constexpr bool RECYCLE_ALLOCATED_BLOCKS = true;  // the arena takes nothing back

  static void*(malloc)(size_t bytes) { return StoreMemory::allocate(bytes); }
  static void(free)(void*) {}
};

template <class T>
using ArenaQueue = moodycamel::ConcurrentQueue<T, ArenaQueueTraits>;

}  // namespace heapreel::engine
