#include "snapshot/statistics/changed_groups.h"

#include <utility>

namespace heapreel {

ChangedGroups::ChangedGroups(const Grouping& known, KnownSide side, const GroupChanges& changes)
    : known_(known), side_(side) {
  std::vector<GroupSum> known_sums;
  known_sums.reserve(changes.list().size());
  for (const GroupChange& change : changes.list()) known_sums.push_back(known.base()->sum_of(change.group));
  unaffected_.reserve(known.changes().size());
  for (const GroupRow& row : known.changes()) {
    const uint32_t place = changes.place_of(row.group);
    if (place == GroupChanges::kNone || changes.list()[place].growth == GroupSum{}) {
      unaffected_.push_back(row);
    } else {
      known_sums[place] = row.sum;
    }
  }
  list_.reserve(changes.list().size());
  for (size_t i = 0; i < changes.list().size(); ++i) {
    const GroupChange& change = changes.list()[i];
    if (change.growth == GroupSum{}) continue;
    const GroupSum sum = known_sums[i];
    const bool is_old = side == KnownSide::kOld;
    list_.push_back(
        {change.traceback, change.group, is_old ? sum : sum - change.growth, is_old ? sum + change.growth : sum});
  }
}

std::shared_ptr<const Grouping> ChangedGroups::other_side() const {
  std::vector<GroupRow> changes;
  changes.reserve(unaffected_.size() + list_.size());
  changes = unaffected_;
  size_t size = known_.size();
  for (const ChangedGroup& group : list_) {
    const GroupSum& known = side_ == KnownSide::kOld ? group.old_sum : group.new_sum;
    const GroupSum& other = side_ == KnownSide::kOld ? group.new_sum : group.old_sum;
    if (known.count != 0) --size;
    if (other.count != 0) ++size;
    changes.push_back({group.traceback, other, group.group});
  }
  return known_.with(std::move(changes), size);
}

}  // namespace heapreel
