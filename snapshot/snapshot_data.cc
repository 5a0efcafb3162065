#include "snapshot/snapshot_data.h"

#include <utility>

namespace heapreel {

Snapshot SnapshotData::make_snapshot(std::shared_ptr<const TraceSet> set, int traceback_limit, SkipList skip_list) {
  return Snapshot(std::make_shared<const SnapshotData>(std::move(set), traceback_limit, std::move(skip_list)));
}

SnapshotData::SnapshotData(std::shared_ptr<const TraceSet> set, int traceback_limit, SkipList skip_list)
    : set_(std::move(set)), traceback_limit_(traceback_limit), skip_list_(std::move(skip_list)) {}

const TracebackSource& SnapshotData::source() const {
  std::call_once(source_asked_, [this] { source_ = set_->source(); });
  return *source_;
}

const std::vector<BlockRow>& SnapshotData::blocks() const {
  std::call_once(blocks_listed_, [this] {
    blocks_.reserve(set_->block_count());
    set_->for_each_block([this](const BlockRow& block) { blocks_.push_back(block); });
  });
  return blocks_;
}

std::shared_ptr<const Grouping> SnapshotData::known_grouping(const GroupKey& key) const {
  std::lock_guard lock(mutex_);
  const auto known = groupings_.find(key);
  return known != groupings_.end() ? known->second : nullptr;
}

// Two threads may work the same grouping out at once; the first one's is kept.
std::shared_ptr<const Grouping> SnapshotData::remember(const GroupKey& key, Grouping grouping) const {
  auto shared = std::make_shared<const Grouping>(std::move(grouping));
  std::lock_guard lock(mutex_);
  return groupings_.emplace(key, std::move(shared)).first->second;
}

std::shared_ptr<const Grouping> SnapshotData::grouping(const GroupKey& key) const {
  if (auto known = known_grouping(key)) return known;
  return remember(key, group_all(*set_, source().group_tables().table(key, source())));
}

void SnapshotData::share_grouping(const SnapshotData& old_data, const SnapshotData& new_data, const GroupKey& key) {
  const auto known_new = new_data.known_grouping(key);
  auto known_old = old_data.known_grouping(key);
  if (&old_data.source() != &new_data.source() || (known_old && known_new)) return;
  if (!known_old && !known_new) known_old = old_data.grouping(key);

  GroupTable& table = new_data.source().group_tables().table(key, new_data.source());
  const Direction direction = known_old ? Direction::kForward : Direction::kBackward;
  const Grouping& from = known_old ? *known_old : *known_new;
  auto derived = regroup(from, *old_data.set_, *new_data.set_, direction, table);
  if (derived) (known_old ? new_data : old_data).remember(key, std::move(*derived));
}

}  // namespace heapreel
