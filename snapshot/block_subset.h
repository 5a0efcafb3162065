// A part of another set: the blocks that meet a condition of their own, not of their site.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "snapshot/trace_set.h"

namespace heapreel {

// Lists its blocks, at the cost of looking at all of the other set's. It has no history: what is gone is not listed
// block by block.
class BlockSubset final : public TraceSet {
 public:
  BlockSubset(std::shared_ptr<const TraceSet> all, function_ref<bool(const BlockRow&)> keeps);

  std::shared_ptr<const TracebackSource> source() const override { return all_->source(); }
  void for_each_site(function_ref<void(const SiteRow&)> visit) const override;
  SiteRow site(uint32_t site) const override;
  void for_each_block(function_ref<void(const BlockRow&)> visit) const override;
  uint64_t block_count() const override { return blocks_.size(); }
  uint64_t game_frame() const override { return all_->game_frame(); }
  std::optional<uint32_t> generation() const override { return all_->generation(); }
  Completeness completeness() const override { return all_->completeness(); }

 private:
  const std::shared_ptr<const TraceSet> all_;
  std::vector<BlockRow> blocks_;
  std::map<uint32_t, SiteRow> sites_;
};

}  // namespace heapreel
