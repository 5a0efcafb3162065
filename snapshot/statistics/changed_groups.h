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
  GroupSum old_sum;  // count 0 where the side does not have it
  GroupSum new_sum;
};

// Of two trace sets of one source.
class ChangedGroups {
 public:
  // At the cost of the changes, these and the known grouping's own. `changes` are used here only.
  ChangedGroups(const Grouping& known, KnownSide side, const GroupChanges& changes);

  // In no order.
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
