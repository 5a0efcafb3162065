// What the consolidator knows of one ring, because its events leave it out.
#pragma once

#include <cstdint>

#include "engine/record/traceback_cache.h"
#include "engine/ring/ring_reader.h"
#include "engine/store/records.h"

namespace heapreel::engine {

// Owner: the holder of the consolidation lock.
struct RingMirror {
  // A copy of the thread's traceback cache, slot for slot, each with the site of its last event.
  struct Slot {
    TracebackId traceback;
    uint32_t domain;
    uint32_t scope;
    SiteId site_plus_one;  // 0: not looked up yet for this traceback
  };

  uint32_t generation = 0;  // the number of the one that the next events belong to; 0: it is not being stored
  uint32_t scope = 0;
  uint32_t thread = 0;
  TracebackId defined_last = kUnknownTraceback;  // perhaps in a generation that has ended
  uint64_t issued = 0;                           // events that the hooks issued up to where the consolidator stands
  RingReader reader;

  Slot slots[TracebackCache::kSlots];  // each is defined before it is used
  Slot no_stack = {kUnknownTraceback, 0, 0, 0};
  Slot degraded = {kDegradedTraceback, 0, 0, 0};

  Slot& slot(StackSlot index) {
    return index < TracebackCache::kSlots ? slots[index] : index == kDegradedStackSlot ? degraded : no_stack;
  }
  void forget_sites() {
    no_stack.site_plus_one = 0;
    degraded.site_plus_one = 0;
  }
};

}  // namespace heapreel::engine
