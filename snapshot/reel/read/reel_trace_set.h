// A still of a reel, as a Snapshot reads it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "snapshot/model/trace_set.h"
#include "snapshot/recorded/recorded_traceback_source.h"
#include "snapshot/reel/read/recorded_blocks.h"
#include "snapshot/reel/read/recorded_cross_thread_frees.h"
#include "snapshot/reel/read/recorded_domain_peaks.h"
#include "snapshot/reel/read/recorded_group_sums.h"
#include "snapshot/reel/read/reel_contents.h"

namespace heapreel {

// All stills of a reel share one.
class ReelTracebackSource : public RecordedTracebackSource {
 public:
  ReelTracebackSource(std::shared_ptr<const ReelContents> contents, SymbolizerOptions symbols)
      : RecordedTracebackSource(std::move(symbols)), contents_(std::move(contents)) {}

  const ReelTables& tables() const { return contents_->tables(); }
  const ReelContents& contents() const { return *contents_; }
  const ReelInfo& info() const { return contents_->info(); }
  const Traceback& traceback(uint32_t index) const override;

 protected:
  uint32_t stack_count() const override { return tables().traceback_count(); }
  RecordedStack stack(uint32_t index) const override { return tables().stack(index); }
  RecordedModules modules() const override { return tables().modules(); }
  std::optional<RecordedName> name(NameKind kind, uint32_t place) const override;

 private:
  const std::shared_ptr<const ReelContents> contents_;
};

// What a reel tells about many stills at once.
struct SumsByStill {
  std::shared_ptr<const RecordedGroupSums> groups;
  std::shared_ptr<const RecordedCrossThreadFrees> cross_thread_frees;
  std::shared_ptr<const RecordedDomainPeaks> domain_peaks;
};

class ReelTraceSet : public TraceSet {
 public:
  // `position` is the still's position in its reel, for `sums_by_still`. The state of a mark has neither.
  ReelTraceSet(std::shared_ptr<const ReelTracebackSource> source, uint32_t game_frame, const ReelSums& sums,
               RecordedBlocks blocks, std::vector<engine::SiteAggregate> sites, SumsByStill sums_by_still = {},
               std::optional<size_t> position = std::nullopt);

  std::shared_ptr<const TracebackSource> source() const override { return source_; }
  void for_each_site(function_ref<void(const SiteRow&)> visit) const override;
  SiteRow site(uint32_t site) const override;
  void for_each_block(function_ref<void(const BlockRow&)> visit) const override;
  uint64_t block_count() const override { return blocks_.count(); }
  uint64_t game_frame() const override { return game_frame_; }
  std::optional<uint32_t> generation() const override;
  bool for_each_site_history(function_ref<void(const SiteHistory&)> visit) const override;
  void for_each_group_history(KeyType key, function_ref<void(const GroupHistory&)> visit) const override;
  std::map<uint32_t, engine::CrossThreadFrees> cross_thread_frees() const override;
  std::optional<std::map<uint32_t, engine::DomainPeak>> domain_peaks() const override;
  Completeness completeness() const override;
  // Compares two stills of one reel: sites one by one, and blocks page by page where the stills share pages, which they
  // do where the later one was made from the earlier one (see Reel::at()).
  bool for_each_site_difference(const TraceSet& old,
                                function_ref<void(uint32_t site, SiteSum before, SiteSum after)> visit) const override;
  bool for_each_block_difference(const TraceSet& old,
                                 function_ref<void(const BlockRow& row, bool added)> visit) const override;

  // Throws ReelError when what threads and size classes did is damaged, or does not add up to the totals.
  void check_group_sums() const { sums_by_still_.groups->at(*position_); }
  // Throws ReelError when what threads freed of others' blocks is damaged, or is more than was freed.
  void check_cross_thread_frees() const;

  // The site's history up to here, with blocks that are gone.
  const engine::SiteAggregate& aggregate(uint32_t site) const { return sites_[site]; }
  uint32_t site_count() const { return static_cast<uint32_t>(sites_.size()); }
  const ReelTables& tables() const { return source_->tables(); }
  const ReelSums& sums() const { return sums_; }
  const RecordedBlocks& blocks() const { return blocks_; }
  const std::vector<engine::SiteAggregate>& aggregates() const { return sites_; }

 private:
  // The block with the program's own number of the game frame in which it was born.
  BlockRow shown(BlockRow block) const;
  // The other still, if it is of the same reel.
  const ReelTraceSet* comparable(const TraceSet& old) const;

  const std::shared_ptr<const ReelTracebackSource> source_;
  const uint32_t game_frame_;
  const ReelSums sums_;
  const RecordedBlocks blocks_;
  const std::vector<engine::SiteAggregate> sites_;
  const SumsByStill sums_by_still_;
  const std::optional<size_t> position_;
};

}  // namespace heapreel
