// A grouping and what changes it: all that the other side and the comparison are made of.
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
  // The cost grows with the changes and with those that `known` has had. `changes` are used in this call only.
  ChangedGroups(const Grouping& known, KnownSide side, const GroupChanges& changes);

  // The groups, in no particular order.
  std::vector<ChangedGroup> list() && { return std::move(list_); }
  // The side that was not known.
  std::shared_ptr<const Grouping> other_side() const;

 private:
  const Grouping& known_;
  const KnownSide side_;
  std::vector<ChangedGroup> list_;
  std::vector<GroupRow> unaffected_;  // the known grouping's changes to its base that stay
};

}  // namespace heapreel
