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

// A snapshot never changes, and copying one copies a handle. Every method may be called on any thread, by several
// threads on one snapshot at a time, while tracing goes on. Results own what they refer to, and outlive the snapshot.
//
// Statistics are computed from sites, not from blocks, so that their cost follows the number of distinct stacks. Only
// keys of the block itself, such as thread and birth, look at every block. Symbols of a stack are resolved when it is first used. A
// snapshot remembers how it was grouped: asking again costs little, and comparing neighbours costs what changed between
// them.
class HEAPREEL_API Snapshot {
 public:
  // A snapshot of given traces, in their order, for tests and tools.
  static Snapshot from_traces(std::vector<Trace> traces, int traceback_limit);

  Traces traces() const;
  // How many of the most recent frames were kept per traceback. Inlined calls do not count.
  int traceback_limit() const;
  // The number of the game frame in which the snapshot was taken; 0 where no game frame was marked.
  uint64_t game_frame() const;

  // Groups the live blocks. Sorted by size, count, traceback, all descending: a total order.
  //
  // In cumulative mode every frame of a traceback counts for its own group, once per occurrence: a function that is
  // three times on the stack counts a block's size three times, as in tracemalloc. The skip list does not apply then.
  // Throws std::invalid_argument when cumulative is asked for with a key that not every frame has (see is_frame_key).
  std::vector<Statistic> statistics(KeyType key_type, bool cumulative = false) const;

  // What this snapshot has more or less than `old`. Every group of either side is listed, unchanged ones too. A group
  // that is new has its full value as the difference; one that is gone has size 0. Sorted by |size_diff|, size,
  // |count_diff|, count, traceback, all descending. Both sides are grouped with this snapshot's skip list. Throws as
  // statistics() does. When both snapshots are from one tracer or one reel, filtered or not, the cost follows what
  // changed between them.
  StatisticDiffs compare_to(const Snapshot& old, KeyType key_type, bool cumulative = false) const;

  // The traces that pass the filters, in the same order. A trace passes when at least one inclusive filter matches it,
  // or there is none, and every exclusive filter lets it pass. Without filters all traces pass. Each pattern is
  // evaluated once per distinct name. The result shares the blocks with this snapshot.
  Snapshot filter_traces(std::span<const TraceFilter> filters) const;
  Snapshot filter_traces(std::initializer_list<TraceFilter> filters) const {
    return filter_traces(std::span<const TraceFilter>(filters.begin(), filters.size()));
  }

  // --- beyond tracemalloc -------------------------------------------------------------------------------------------

  // The blocks that were born in game frames `first` to `last`, both included. A snapshot that was taken in game frame
  // C gives the blocks that were "born in A..B and alive at C". Looks at every block.
  Snapshot born(uint64_t first, uint64_t last) const;

  // What was allocated and freed between `old` and this snapshot, including blocks that came and went. Sorted by
  // alloc_bytes, allocs, freed_bytes, frees, traceback, all descending. Both snapshots must be from one tracer or one
  // reel, with no clear_traces() or stop() in between. The filters and the skip list of this snapshot decide, not those
  // of `old`. The cost follows the number of sites.
  //
  // Grouped by thread, a free counts for the thread that allocated the block, whichever thread freed it, and a realloc
  // counts for the thread that called it.
  //
  // Throws std::invalid_argument
  // - as statistics() does,
  // - for the keys thread and size_class when the snapshot is filtered, or is from a reel of a format before 1.2,
  // - for snapshots without a common history: made by from_traces(), load() or born(), or with traces cleared in
  //   between. Throws ReelError when the reel is damaged.
  std::vector<ChurnStatistic> churn_since(const Snapshot& old, KeyType key_type, bool cumulative = false) const;

  // The live blocks by size, smallest first. Only bins that have blocks are listed. Looks at every block.
  std::vector<SizeBin> size_histogram(SizeBinning binning = SizeBinning::power_of_two) const;

  // Whether the record holds everything that happened. For a filtered snapshot this describes the unfiltered record.
  Completeness completeness() const;

  // Writes a still, which is a snapshot in a file: the traces in their order, with resolved frames, so that it can be
  // read on any machine. An existing file is replaced when the new one is complete. Throws ReelError.
  void dump(const std::string& path) const;
  // Reads a still, or the last state of a reel. The file need not come from a trusted source. Throws ReelError.
  static Snapshot load(const std::string& path);

  // Why some frames have no lines or names, a sentence for each reason: which modules' symbols are missing, damaged or
  // of another build, and what the cache or a server of debug files could not do. Resolves all stacks of live blocks.
  std::vector<std::string> symbol_warnings() const;

  const SkipList& skip_list() const;
  // The same traces with another skip list, which says which frames statistics do not group by.
  Snapshot with_skip_list(SkipList skip_list) const;

 private:
  friend class SnapshotData;
  explicit Snapshot(std::shared_ptr<const SnapshotData> data) : data_(std::move(data)) {}

  std::shared_ptr<const SnapshotData> data_;
};

}  // namespace heapreel
