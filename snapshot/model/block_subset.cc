#include "snapshot/model/block_subset.h"

#include <utility>

namespace heapreel {

BlockSubset::BlockSubset(std::shared_ptr<const TraceSet> all, function_ref<bool(const BlockRow&)> keeps)
    : all_(std::move(all)) {
  all_->for_each_block([&](const BlockRow& block) {
    if (!keeps(block)) return;
    blocks_.push_back(block);
    const auto [place, is_new] = sites_.try_emplace(block.site);
    SiteRow& row = place->second;
    if (is_new) {
      row = all_->site(block.site);
      row.live_blocks = 0;
      row.live_bytes = 0;
    }
    ++row.live_blocks;
    row.live_bytes += block.size;
  });
}

std::shared_ptr<const BlockSubset> BlockSubset::of_threads(std::shared_ptr<const TraceSet> all,
                                                           std::function<bool(uint32_t thread)> has_thread) {
  const auto keeps = [&](const BlockRow& block) { return has_thread(block.thread); };
  auto subset = std::make_shared<BlockSubset>(std::move(all), keeps);
  subset->has_thread_ = std::move(has_thread);
  return subset;
}

void BlockSubset::for_each_group_history(KeyType key, function_ref<void(const GroupHistory&)> visit) const {
  if (!has_thread_ || key != KeyType::thread) return TraceSet::for_each_group_history(key, visit);
  all_->for_each_group_history(key, [&](const GroupHistory& thread) {
    if (has_thread_(thread.item)) visit(thread);
  });
}

void BlockSubset::for_each_site(function_ref<void(const SiteRow&)> visit) const {
  for (const auto& [number, row] : sites_) visit(row);
}

SiteRow BlockSubset::site(uint32_t site) const {
  if (const auto found = sites_.find(site); found != sites_.end()) return found->second;
  SiteRow row = all_->site(site);
  row.live_blocks = 0;
  row.live_bytes = 0;
  return row;
}

void BlockSubset::for_each_block(function_ref<void(const BlockRow&)> visit) const {
  for (const BlockRow& block : blocks_) visit(block);
}

}  // namespace heapreel
