// The recorder's rare paths: a thread's first event, a hook inside a hook, a new epoch, a full segment.
#pragma once

#include "engine/recorder.h"
#include "engine/recorder_state.h"
#include "engine/store/odd_blocks.h"

namespace heapreel::engine {

enum class EndReason : uint32_t;

// What a hook wants a recorder for: births are not recorded while the thread works for heapreel.
enum class Purpose : uint8_t { kAny, kBirth };

// `recorder` is this thread's and busy (a hook inside a hook, or own work), or null (its first event).
[[gnu::cold]] Recorder* enter_slow(Recorder* recorder, Purpose purpose);

// See OwnWork. False when nothing began: tracing is off, or it is own work already.
bool begin_own_work();
void end_own_work();

// Brings the recorder to epoch `tag`, and to its generation. False when nothing is to be recorded there.
[[gnu::noinline]] bool retag(Recorder* recorder, uint64_t tag);

// As room(), when the segment is full: the overload ladder.
[[gnu::noinline, gnu::cold]] uint64_t* room_slow(Recorder* recorder, uint32_t words);

// A fresh lease; its first id, 0 when ids are spent.
[[gnu::noinline]] BlockId renew_lease(Recorder* recorder);

// Tells the consolidator a stack it may not know, under a slot of the cache. `total_depth` is 0 when unknown.
[[gnu::noinline]] StackSlot define_traceback(Recorder* recorder, uint64_t hash, const uintptr_t* pcs, uint32_t depth,
                                             uint32_t total_depth, bool reached_bottom, bool approximate);
StackSlot given_stack_slot(Recorder* recorder, const GivenStack& stack);
[[gnu::noinline, gnu::cold]] void forget_tracebacks(Recorder* recorder);

// The slot by which the consolidator knows the caller's stack, after telling it if need be; `walk` is what was found.
inline StackSlot walked_stack_slot(Recorder* recorder, const WalkStart& caller, WalkResult& walk) {
  walk = recorder->walker.walk_unless_repeated(caller, recorder->traceback_limit, recorder->pcs);
  if (recorder->walker.generation() != recorder->module_generation) [[unlikely]]
    forget_tracebacks(recorder);
  const StackSlot known = recorder->tracebacks.find(walk.hash);
  if (known != kNoStackSlot) [[likely]]
    return known;
  recorder->walker.write_repeated(walk, recorder->pcs);
  return define_traceback(recorder, walk.hash, recorder->pcs, walk.depth, walk.reached_bottom ? walk.depth : 0,
                          walk.reached_bottom, walk.approximate);
}
// The same in every mode but kWalk.
[[gnu::noinline, gnu::cold]] StackSlot unusual_stack_slot(Recorder* recorder, const WalkStart& caller);

// Block maps: where the address is not one that the granule map of its domain covers.
[[gnu::noinline, gnu::cold]] bool enter_odd_block(Recorder* recorder, DomainIndex domain, uintptr_t p, BlockId id,
                                                  BlockId* before);
[[gnu::noinline, gnu::cold]] BlockId leave_odd_block(Recorder* recorder, DomainIndex domain, uintptr_t p);
inline uint64_t odd_patience_ns(const Recorder* recorder) {
  return recorder->is_nested ? OddBlocks::kNestedPatienceNs : OddBlocks::kPatienceNs;
}
// A shard's lock could not be had: what was to be recorded is not, and tracing ends, marked.
[[gnu::cold]] void lose_odd_blocks();
template <class Visit>
void leave_odd_blocks(Recorder* recorder, DomainIndex domain, uintptr_t base, size_t bytes, Visit&& visit) {
  OddBlocks* odd = recorder->generation->odd_blocks();
  if (odd == nullptr) return;
  if (odd->remove_range(domain, base, bytes, odd_patience_ns(recorder), visit) == OddBlocks::Outcome::kStuck) {
    lose_odd_blocks();
  }
}

// The generation's map of that domain, made if need be; null when memory is spent. Any thread.
BlockMap* make_map(Generation* generation, DomainIndex domain);
// Memory for a region of a block map.
void* take_region();

// Whether `scope` is a name's index; counts the call as unrecorded if not.
bool check_scope(uint32_t scope);
// Tells the consolidator that this thread's scope is another now.
void announce_scope(Recorder* recorder);

// A call left no event: it is counted, so that nothing claims to be exact.
[[gnu::cold]] void count_unrecorded();

// Tracing is over before the program is: nothing after this is recorded, everything up to it is exact.
[[gnu::cold]] void end_tracing(EndReason reason);

}  // namespace heapreel::engine
