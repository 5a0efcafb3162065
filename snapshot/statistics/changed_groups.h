// Finds what a comparison needs from one grouping and the changes to it: the groups that differ, and the grouping of
// the other side.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "snapshot/statistics/group_changes.h"
#include "snapshot/statistics/grouping.h"

namespace heapreel {

enum class KnownSide : uint8_t { kOld, kNew };

struct ChangedGroup {
  const Traceback* traceback;
  uint32_t group;
  GroupSum old_sum;  // its count is 0 when the side does not have the group
  GroupSum new_sum;
};

// The groups that differ between two trace sets of one source.
class ChangedGroups {
 public:
  // The cost follows the changes, and those that `known` already has. `changes` is used in this call only.
  ChangedGroups(const Grouping& known, KnownSide side, const GroupChanges& changes);

  // The groups, in no particular order.
  std::vector<ChangedGroup> list() && { return std::move(list_); }
  // The grouping of the other side, which was not known.
  std::shared_ptr<const Grouping> other_side() const;

 private:
  const Grouping& known_;
  const KnownSide side_;
  std::vector<ChangedGroup> list_;
  std::vector<GroupRow> unaffected_;  // changes of the known grouping to its base that stay
};

}  // namespace heapreel
