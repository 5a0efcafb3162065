// The live heap at one moment.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <heapreel/churn.h>
#include <heapreel/completeness.h>
#include <heapreel/export.h>
#include <heapreel/filter.h>
#include <heapreel/key_type.h>
#include <heapreel/size_histogram.h>
#include <heapreel/skip_list.h>
#include <heapreel/statistic.h>
#include <heapreel/statistic_diffs.h>
#include <heapreel/traces.h>

namespace heapreel {

class SnapshotData;

// Immutable; copying copies a handle; every method may be called on any thread, on one snapshot by several at
// a time, while tracing goes on. Results own what they refer to and outlive the snapshot.
//
// Statistics work on sites, not on blocks: their cost follows the number of distinct stacks, except for the
// keys thread and size_class, which look at every block. The first use of a stack resolves its symbols.
// Groupings are remembered, so that asking again, and comparing with a neighbour, costs what changed.
class HEAPREEL_API Snapshot {
 public:
  // A snapshot of given traces, in their order, for tests and tools.
  static Snapshot from_traces(std::vector<Trace> traces, int traceback_limit);

  Traces traces() const;
  // Most recent physical frames that were kept per traceback.
  int traceback_limit() const;
  // Number of the game frame it was taken in; 0 where none was marked.
  uint64_t game_frame() const;

  // Groups the live blocks. Sorted by size, count, traceback, all descending: a total order.
  //
  // In cumulative mode every frame of a traceback counts for its own group, once per occurrence: a function
  // that is three times on the stack counts a block's size three times, as in tracemalloc. The skip list does
  // not apply. Throws std::invalid_argument for cumulative with a key that is not in every frame
  // (is_frame_key).
  std::vector<Statistic> statistics(KeyType key_type, bool cumulative = false) const;

  // What this snapshot has over `old`. Every group of either side is listed, unchanged ones too; a group that
  // is new has its full value as difference, one that is gone has size 0. Sorted by |size_diff|, size,
  // |count_diff|, count, traceback, all descending. Both sides group with this snapshot's skip list. Throws
  // as statistics() does. Costs what changed where both are of one tracer or of one reel, filtered or not.
  StatisticDiffs compare_to(const Snapshot& old, KeyType key_type, bool cumulative = false) const;

  // The traces that pass, in the same order: (no inclusive filter, or at least one of them matches, whatever
  // its kind) and every exclusive filter lets it pass. No filters: all traces. Each pattern is evaluated once
  // per distinct name. Shares the blocks with this snapshot.
  Snapshot filter_traces(std::span<const TraceFilter> filters) const;
  Snapshot filter_traces(std::initializer_list<TraceFilter> filters) const {
    return filter_traces(std::span<const TraceFilter>(filters.begin(), filters.size()));
  }

  // --- beyond tracemalloc -------------------------------------------------------------------------------------------

  // The blocks that were born in these game frames, both included: of a snapshot taken in game frame C, "born in A..B
  // and alive at C". Lists them, at the cost of looking at every block.
  Snapshot born(uint64_t first, uint64_t last) const;

  // What was allocated and freed between `old` and this snapshot, blocks that came and went included; by alloc_bytes,
  // allocs, freed_bytes, frees, traceback, all descending. Both are of one tracer or one reel, with no clear_traces()
  // or stop() in between. This snapshot's filters and skip list decide, `old`'s do not. Costs the number of sites.
  //
  // By thread, a free counts for the thread that allocated the block, whoever freed it, and a realloc for the thread
  // that called it. By thread and size_class there is one sum for all sites, at the cost of their number.
  //
  // Throws std::invalid_argument as statistics() does; for the keys thread and size_class, of a filtered snapshot, and
  // in reels of before 1.2; and for snapshots that have no common history: from_traces(), load(), born(), or cleared in
  // between. Throws ReelError where a reel is damaged.
  std::vector<ChurnStatistic> churn_since(const Snapshot& old, KeyType key_type, bool cumulative = false) const;

  // The live blocks by size, smallest first; only bins that have blocks. Looks at every block.
  std::vector<SizeBin> size_histogram(SizeBinning binning = SizeBinning::power_of_two) const;

  // Whether this is everything that happened. A filtered snapshot tells of all of it.
  Completeness completeness() const;

  // Writes a still: the traces in their order, frames resolved, so that it can be read anywhere. Replaces a file that
  // is there, once the new one is whole. Throws ReelError.
  void dump(const std::string& path) const;
  // Reads a still, or the end of a reel. The file need not be trusted. Throws ReelError.
  static Snapshot load(const std::string& path);

  // Why frames have no lines or names: modules whose symbols are missing, damaged or of another build, and what the
  // cache or a server of debug files could not do; each once. Resolves all stacks that live blocks have.
  std::vector<std::string> symbol_warnings() const;

  const SkipList& skip_list() const;
  // The same traces, grouped past other frames.
  Snapshot with_skip_list(SkipList skip_list) const;

 private:
  friend class SnapshotData;
  explicit Snapshot(std::shared_ptr<const SnapshotData> data) : data_(std::move(data)) {}

  std::shared_ptr<const SnapshotData> data_;
};

}  // namespace heapreel
