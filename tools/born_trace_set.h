// Of a still, the blocks that were born in some game frames.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "snapshot/trace_set.h"

namespace heapreel::tools {

class BornTraceSet final : public TraceSet {
 public:
  // Both ends included.
  BornTraceSet(std::shared_ptr<const TraceSet> all, uint32_t first, uint32_t last);

  std::shared_ptr<const TracebackSource> source() const override { return all_->source(); }
  void for_each_site(function_ref<void(const SiteRow&)> visit) const override;
  SiteRow site(uint32_t site) const override;
  void for_each_block(function_ref<void(const BlockRow&)> visit) const override;
  uint64_t block_count() const override { return blocks_.size(); }
  uint64_t game_frame() const override { return all_->game_frame(); }

 private:
  const std::shared_ptr<const TraceSet> all_;
  std::vector<BlockRow> blocks_;
  std::map<uint32_t, SiteRow> sites_;
};

}  // namespace heapreel::tools
