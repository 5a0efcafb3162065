// A part of another set: the blocks that meet a condition which sites cannot decide.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "snapshot/model/trace_set.h"

namespace heapreel {

// Lists its blocks, for which it looks at all blocks of the other set. Freed blocks are not listed one by one: only a
// choice of threads has a history, by thread.
class BlockSubset final : public TraceSet {
 public:
  BlockSubset(std::shared_ptr<const TraceSet> all, function_ref<bool(const BlockRow&)> keeps);

  // The blocks of these threads.
  static std::shared_ptr<const BlockSubset> of_threads(std::shared_ptr<const TraceSet> all,
                                                       std::function<bool(uint32_t thread)> has_thread);

  std::shared_ptr<const TracebackSource> source() const override { return all_->source(); }
  void for_each_site(function_ref<void(const SiteRow&)> visit) const override;
  SiteRow site(uint32_t site) const override;
  void for_each_block(function_ref<void(const BlockRow&)> visit) const override;
  uint64_t block_count() const override { return blocks_.size(); }
  uint64_t game_frame() const override { return all_->game_frame(); }
  std::optional<uint32_t> generation() const override { return all_->generation(); }
  void for_each_group_history(KeyType key, function_ref<void(const GroupHistory&)> visit) const override;
  const TraceSet& unfiltered() const override { return has_thread_ ? all_->unfiltered() : *this; }
  Completeness completeness() const override { return all_->completeness(); }

 private:
  const std::shared_ptr<const TraceSet> all_;
  std::function<bool(uint32_t thread)> has_thread_;  // empty: blocks were chosen by something else
  std::vector<BlockRow> blocks_;
  std::map<uint32_t, SiteRow> sites_;
};

}  // namespace heapreel
