#include "snapshot/query/snapshot_data.h"

#include <utility>

namespace heapreel {

Snapshot SnapshotData::make_snapshot(std::shared_ptr<const TraceSet> set, int traceback_limit, SkipList skip_list,
                                     Recursion recursion) {
  return Snapshot(
      std::make_shared<const SnapshotData>(std::move(set), traceback_limit, std::move(skip_list), recursion));
}

SnapshotData::SnapshotData(std::shared_ptr<const TraceSet> set, int traceback_limit, SkipList skip_list,
                           Recursion recursion)
    : set_(std::move(set)),
      traceback_limit_(traceback_limit),
      skip_list_(std::move(skip_list)),
      recursion_(recursion) {}

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

// Two threads may compute the same grouping at once; the one that finishes first is kept.
std::shared_ptr<const Grouping> SnapshotData::remember(const GroupKey& key,
                                                       std::shared_ptr<const Grouping> grouping) const {
  std::lock_guard lock(mutex_);
  return groupings_.emplace(key, std::move(grouping)).first->second;
}

std::shared_ptr<const Grouping> SnapshotData::grouping(const GroupKey& key) const {
  if (auto known = known_grouping(key)) return known;
  return remember(key, Grouping::of(*set_, source().group_tables().table(key, source())));
}

std::shared_ptr<const Comparison> SnapshotData::compare(const SnapshotData& old_data, const SnapshotData& new_data,
                                                        const GroupKey& key) {
  if (&old_data.source() != &new_data.source()) {
    return std::make_shared<const Comparison>(new_data.grouping(key), *old_data.grouping(key),
                                              GroupNumbers::kUnrelated);
  }
  auto known_old = old_data.known_grouping(key);
  auto known_new = new_data.known_grouping(key);
  if (!known_old && !known_new) known_old = old_data.grouping(key);
  // Where few groups are known on both sides, comparing these is quicker than looking at blocks.
  if (!(known_old && known_new && key.is_per_block())) {
    GroupTable& table = new_data.source().group_tables().table(key, new_data.source());
    if (const auto changes = GroupChanges::between(*old_data.set_, *new_data.set_, table)) {
      ChangedGroups changed(known_old ? *known_old : *known_new, known_old ? KnownSide::kOld : KnownSide::kNew,
                            *changes);
      if (!known_new) known_new = new_data.remember(key, changed.other_side());
      if (!known_old) old_data.remember(key, changed.other_side());
      return std::make_shared<const Comparison>(std::move(known_new), std::move(changed).list());
    }
  }
  return std::make_shared<const Comparison>(new_data.grouping(key), *old_data.grouping(key), GroupNumbers::kShared);
}

}  // namespace heapreel
