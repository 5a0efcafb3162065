// A tracer over one million live blocks of 5,000 sites, with game frames that follow one another.
#pragma once

#include <memory>

#include "bench/call_tree.h"
#include "bench/game_load.h"
#include "snapshot/live/frozen_trace_set.h"
#include "snapshot/query/snapshot_data.h"
#include "tests/snapshot/named_trace_set.h"
#include "tests/snapshot/paged_trace_set.h"

namespace heapreel::bench {

// Traces that share what they share, but do not say so.
class SilentTraceSet final : public testing::NamedTraceSet {
 public:
  using NamedTraceSet::NamedTraceSet;

  bool for_each_site_difference(const TraceSet&, function_ref<void(uint32_t, SiteSum, SiteSum)>) const override {
    return false;
  }
  bool for_each_block_difference(const TraceSet&, function_ref<void(const BlockRow&, bool)>) const override {
    return false;
  }
};

class MillionBlocks {
 public:
  static constexpr uint32_t kLive = 1'000'000;
  static constexpr uint32_t kStacks = 5'000;
  static constexpr uint32_t kFrames = 25;

  // A while into the game: sizes and counts of sites have drifted apart.
  MillionBlocks() {
    constexpr int kGameFramesBefore = 60;
    for (int i = 0; i < kGameFramesBefore; ++i) {
      load_.game_frame(5'000);
      TracerSetup::round();
    }
  }

  std::shared_ptr<const TraceSet> freeze() const {
    engine::SnapshotHandle handle = engine::take_snapshot();
    TracerSetup::round();
    return std::make_shared<testing::NamedTraceSet>(std::make_shared<FrozenTraceSet>(std::move(handle)), names_);
  }

  // The state after another game frame of so many allocations and frees.
  std::shared_ptr<const TraceSet> next_game_frame(uint32_t events) {
    load_.game_frame(events);
    TracerSetup::round();
    return freeze();
  }

  // The same state, to be compared group by group.
  Snapshot silent_snapshot_of(std::shared_ptr<const TraceSet> set) const {
    return snapshot_of(std::make_shared<SilentTraceSet>(std::move(set), names_));
  }

  static Snapshot snapshot_of(std::shared_ptr<const TraceSet> set) {
    return SnapshotData::make_snapshot(std::move(set), kFrames, SkipList());
  }

 private:
  static constexpr uint32_t kSpecialTracebacks = 2;  // unknown and degraded

  TracerSetup tracer_{false};
  GameLoad load_{kLive, kStacks};
  const std::shared_ptr<const TracebackSource> names_ =
      std::make_shared<testing::PagedSource>(call_tree_tracebacks(kStacks + kSpecialTracebacks, kFrames, 150));
};

}  // namespace heapreel::bench
