#include "engine/record/epoch_change.h"

#include "engine/record/block_maps.h"
#include "engine/record/recorder_entry.h"
#include "engine/record/recording_end.h"
#include "engine/record/scope.h"

namespace heapreel::engine {

namespace {

Generation* generation_of(uint64_t tag) {
  // [state.generation] acquire
  Generation* generation = g_recording->generation.load(std::memory_order_acquire);
  // relaxed: see Generation::first_tag and ::previous
  while (generation != nullptr && tag < generation->first_tag.load(std::memory_order_relaxed)) {
    // relaxed: as above
    generation = generation->previous.load(std::memory_order_relaxed);
  }
  return generation;
}

[[gnu::cold, gnu::noinline]] void make_room() {
  // relaxed: see RecordingState::most_kept
  const uint64_t kept = g_recording->most_kept.exchange(UINT64_MAX, std::memory_order_relaxed);
  if (kept != UINT64_MAX) Arena::make_room(kept);
}

}  // namespace

bool catch_up_with_epoch(Recorder* recorder, uint64_t tag) {
  // The acquire makes visible what was set before the epoch advanced to `tag`.
  g_recording->epoch.tag_acquire();
  // [state.ended] acquire
  if (g_recording->ended.load(std::memory_order_acquire) != EndReason::kNotEnded) {
    switch_tracing(false);
    return false;
  }
  // relaxed: see RecordingState::most_kept
  if (g_recording->most_kept.load(std::memory_order_relaxed) != UINT64_MAX) [[unlikely]]
    make_room();
  Generation* generation = generation_of(tag);
  if (generation == nullptr) return false;
  if (generation->number != recorder->generation_number) {
    BlockMap* map = make_map(generation, 0);
    if (map == nullptr || !make_dense_map(generation)) {
      end_tracing(EndReason::kMemory);
      count_unrecorded();
      return false;
    }
    recorder->generation = generation;
    recorder->malloc_map = map;
    recorder->dense_map = generation->dense_map();
    recorder->traceback_limit = generation->traceback_limit;
    recorder->lease.drop();
    recorder->tracebacks.clear();
    // seq_cst: for the compiler only. The number comes last, so that a thread that leaves here by a jump does all
    // again.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    recorder->generation_number = generation->number;
  }
  uint64_t* words = room(recorder, 3);
  if (words == nullptr) {
    count_unrecorded();
    return false;  // nothing was announced yet: all of it is announced when tracing goes on
  }
  uint64_t* end = words;
  *end++ = event::epoch_word(recorder->ring.issued_low(), tag);
  if (!recorder->announced) *end++ = event::head(EventKind::kThread) | recorder->thread_index;
  if (!recorder->announced || recorder->scope != t_scope) {
    recorder->scope = t_scope;  // it was set while nothing was traced, and may be invalid
    *end++ = event::head(EventKind::kTag) | (check_scope(t_scope) ? t_scope : 0);
  }
  recorder->announced = true;
  recorder->tag = tag;
  recorder->ring.commit(end, 0);
  return true;
}

BlockId renew_lease(Recorder* recorder) {
  const uint32_t generation = recorder->generation->number;
  BlockLease lease;
  while (g_recording->leases->take(lease)) {
    if (lease.generation != generation) continue;  // of a generation that ended
    recorder->lease.renew(lease);
    return recorder->lease.take();
  }
  // relaxed: hands out pages
  const uint32_t page = recorder->generation->next_page.fetch_add(1, std::memory_order_relaxed);
  if (page >> (32 - kPageShift) != 0) return 0;
  recorder->lease.renew({.generation = generation, .page = page, .free = {~uint64_t{0}, ~uint64_t{0}}});
  return recorder->lease.take();
}

}  // namespace heapreel::engine
