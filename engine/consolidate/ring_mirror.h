// What the consolidator knows of one ring: the context that its events leave out.
// Owner: the holder of the consolidation lock.
#pragma once

#include <cstdint>

#include "engine/record/traceback_cache.h"
#include "engine/ring/ring_reader.h"
#include "engine/store/records.h"

namespace heapreel::engine {

struct RingMirror {
  // The thread's traceback cache, slot for slot, each with the site its last event fell on.
  struct Slot {
    TracebackId traceback;
    uint32_t domain;
    uint32_t scope;
    SiteId site_plus_one;  // 0: not looked up yet for this traceback
  };

  uint32_t generation = 0;  // number of the one that the events to come belong to; 0: of none that is stored
  uint32_t scope = 0;
  uint32_t thread = 0;
  TracebackId defined_last = kUnknownTraceback;  // maybe of a generation that is over
  uint64_t issued = 0;                           // by the hooks, up to where the consolidator stands
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
