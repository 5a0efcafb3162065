// One frozen state of the trace store, which a snapshot reads. Immutable. Any thread of any process that maps the arena
// may read it without a lock while it is pinned.
#pragma once

#include <cstdint>

#include "engine/memory/frozen_array.h"
#include "engine/store/cross_thread_frees.h"
#include "engine/store/domain_peaks.h"
#include "engine/store/end_reason.h"
#include "engine/store/group_sums.h"
#include "engine/store/heap_list.h"
#include "engine/store/records.h"
#include "engine/store/site_table.h"
#include "engine/store/totals.h"
#include "engine/store/traceback_table.h"

namespace heapreel::engine {

struct FrozenTraces {
  uint32_t store_epoch = 0;  // the store's epoch that was frozen; 0 when only the totals were taken
  uint32_t generation = 0;
  uint32_t game_frame = 0;  // how many game frames were complete before this state
  // How many of these a provisional source had ended before the source that ends them now ended its first one. To
  // readers all of these are game frame 0.
  uint32_t makeshift_game_frames = 0;
  uint64_t time_ns = 0;  // monotonic
  uint32_t traceback_limit = 0;
  Totals totals;

  // When this is not kNotEnded, tracing ended before the program did. The state is then exact for the moment at which
  // tracing ended, which is earlier than the state's cut. Later events are not in the state.
  EndReason ended = EndReason::kNotEnded;
  uint64_t unrecorded = 0;  // calls that are not even among totals.issued
  // Whether every event up to the state's cut is in it.
  bool complete() const { return ended == EndReason::kNotEnded && unrecorded == 0 && totals.balanced(); }

  // The number of a game frame as readers count: everything before the first boundary of the current source is game
  // frame 0.
  uint32_t own_number(uint32_t number) const {
    return number - (number < makeshift_game_frames ? number : makeshift_game_frames);
  }

  FrozenArray<RecordPage> records;
  FrozenArray<LiveChunk> live;
  FrozenArray<StoredSite> stored_sites;
  FrozenArray<SiteLifetimes> site_lifetimes;
  FrozenArray<GroupSums> groups;
  FrozenArray<CrossThreadFrees> cross_thread_frees;  // by site
  FrozenArray<DomainPeak> domain_peaks;  // by domain, except 0; of the game frame that is under way or ends here
  FrozenArray<HeapPage> heaps;           // blocks that are memory of another domain than their own
  const SiteTable* sites = nullptr;
  const TracebackTable* tracebacks = nullptr;
  uint32_t site_count = 0;  // the sites of this state have the ids below this
  uint32_t traceback_count = 0;

  // Calls visit(BlockId, const Record&) for every live block, ascending by id.
  template <class Visit>
  void for_each_block(Visit&& visit) const;

  // All figures of a site of this state.
  SiteAggregate figures(const StoredSite& site) const;
  // The same by id; zeros where nothing ever happened at the site.
  SiteAggregate site(SiteId id) const {
    const StoredSite* stored = stored_sites.page(id);
    return stored == nullptr ? SiteAggregate{} : figures(*stored);
  }

  // Calls visit(SiteId, const SiteAggregate&), ascending by id.
  template <class Visit>
  void for_each_site(Visit&& visit) const {
    stored_sites.for_each([&](SiteId id, const StoredSite* site) { visit(id, figures(*site)); });
  }

  // Calls visit(GroupId, const GroupSums&), ascending by id.
  template <class Visit>
  void for_each_group(Visit&& visit) const {
    groups.for_each([&](GroupId id, const GroupSums* sums) { visit(id, *sums); });
  }

  // Calls visit(SiteId, const CrossThreadFrees&) for sites that have any, ascending by id.
  template <class Visit>
  void for_each_cross_thread_frees(Visit&& visit) const {
    cross_thread_frees.for_each([&](SiteId id, const CrossThreadFrees* frees) { visit(id, *frees); });
  }

  // Calls visit(DomainIndex, const DomainPeak&) for domains that ever had a block, ascending; malloc is not among them.
  template <class Visit>
  void for_each_domain_peak(Visit&& visit) const {
    domain_peaks.for_each([&](DomainIndex domain, const DomainPeak* peak) { visit(domain, *peak); });
  }

  // Calls visit(BlockId, const Record&, DomainIndex) for every live block that is a heap; the domain is that of the
  // pieces. Ascending by block and domain.
  template <class Visit>
  void for_each_heap(Visit&& visit) const {
    heaps.for_each([&](uint32_t, const HeapPage* page) {
      for (const Heap& heap : page->heaps) {
        if (heap.block == 0) return;
        visit(heap.block, records.page(heap.block >> kPageShift)->records[heap.block % kBlocksPerPage], heap.domain);
      }
    });
  }

  // Calls died(BlockId, const Record&) for blocks that live only in `before`, and born(...) for those that live only in
  // `after`. A block whose id was used again in between is both. Both states are of one generation. The cost follows
  // what changed.
  template <class Died, class Born>
  static void for_each_block_difference(const FrozenTraces& before, const FrozenTraces& after, Died&& died,
                                        Born&& born);

  // Calls visit(SiteId, const SiteAggregate* before or null, const SiteAggregate* after or null) for sites that
  // changed.
  template <class Visit>
  static void for_each_site_difference(const FrozenTraces& before, const FrozenTraces& after, Visit&& visit) {
    for_each_stored_site_difference(
        before, after, [&](SiteId id, const StoredSite* old_site, const StoredSite* new_site) {
          const SiteAggregate old_figures = old_site == nullptr ? SiteAggregate{} : before.figures(*old_site);
          const SiteAggregate new_figures = new_site == nullptr ? SiteAggregate{} : after.figures(*new_site);
          visit(id, old_site == nullptr ? nullptr : &old_figures, new_site == nullptr ? nullptr : &new_figures);
        });
  }
  // The same without lifetimes: visit(SiteId, const StoredSite* before or null, const StoredSite* after or null).
  template <class Visit>
  static void for_each_stored_site_difference(const FrozenTraces& before, const FrozenTraces& after, Visit&& visit) {
    FrozenArray<StoredSite>::for_each_difference(before.stored_sites, after.stored_sites, visit);
  }

  // Calls visit(GroupId, const GroupSums* before or null, const GroupSums* after or null) for groups that may have
  // changed.
  template <class Visit>
  static void for_each_group_difference(const FrozenTraces& before, const FrozenTraces& after, Visit&& visit) {
    FrozenArray<GroupSums>::for_each_difference(before.groups, after.groups, visit);
  }

  // Calls visit(SiteId, const CrossThreadFrees* before or null, const CrossThreadFrees* after) for sites that changed.
  template <class Visit>
  static void for_each_cross_thread_difference(const FrozenTraces& before, const FrozenTraces& after, Visit&& visit) {
    FrozenArray<CrossThreadFrees>::for_each_difference(before.cross_thread_frees, after.cross_thread_frees, visit);
  }
};

inline SiteAggregate FrozenTraces::figures(const StoredSite& site) const {
  SiteAggregate figures = {.live_blocks = site.live_blocks,
                           .live_bytes = site.live_bytes,
                           .allocs = site.allocs,
                           .alloc_bytes = site.alloc_bytes,
                           .reallocs = site.reallocs,
                           .peak_bytes = site.peak_bytes,
                           .lifetimes = {}};
  const SiteLifetimes* older = site.lifetimes == 0 ? nullptr : site_lifetimes.page(site.lifetimes);
  uint64_t later = 0;
  for (uint32_t lifetime = 1; lifetime < SiteAggregate::kLifetimes; ++lifetime) {
    figures.lifetimes[lifetime] = lifetime < SiteLifetimes::kFirst ? site.deaths[lifetime - 1]
                                  : older != nullptr               ? older->deaths[lifetime - SiteLifetimes::kFirst]
                                                                   : 0;
    later += figures.lifetimes[lifetime];
  }
  figures.lifetimes[0] = figures.frees() - later;
  return figures;
}

template <class Visit>
void FrozenTraces::for_each_block(Visit&& visit) const {
  live.for_each([&](uint32_t chunk_index, const LiveChunk* chunk) {
    for (uint32_t word = 0; word < LiveChunk::kBlocks / 64; ++word) {
      uint64_t bits = chunk->bits[word];
      if (bits == 0) continue;
      const BlockId first = chunk_index * LiveChunk::kBlocks + word * 64;
      const RecordPage* page = records.page(first >> kPageShift);
      for (; bits != 0; bits &= bits - 1) {
        const BlockId id = first + static_cast<BlockId>(std::countr_zero(bits));
        visit(id, page->records[id % kBlocksPerPage]);
      }
    }
  });
}

}  // namespace heapreel::engine

#include "engine/store/frozen_difference.h"
