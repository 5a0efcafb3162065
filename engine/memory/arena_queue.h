// moodycamel's queue for what the threads of the consolidating process hand to whoever consolidates, with its memory
// where the consolidator's is. What two processes hand to each other goes through a Handover: this queue follows
// pointers that a program's wild write could reach.
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
