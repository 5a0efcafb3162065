// A grouping and what changes it: all that the other side and the comparison are made of.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "snapshot/group_changes.h"
#include "snapshot/grouping.h"

namespace heapreel {

enum class KnownSide : uint8_t { kOld, kNew };

struct ChangedGroup {
  const Traceback* traceback;
  uint32_t group;
  GroupSum old_sum;  // count 0 where the side does not have it
  GroupSum new_sum;
};

struct ChangedLayers {
  // At the cost of the changes, these and those in the known grouping's layers.
  ChangedLayers(const Grouping& known, KnownSide side, const GroupChanges& changes);

  // The side that was not known.
  std::shared_ptr<const Grouping> other_side() const;

  GroupLayers unchanged;  // what both sides have
  std::vector<ChangedGroup> changed;
  KnownSide side;
  std::shared_ptr<const GroupTracebacks> tracebacks;
};

}  // namespace heapreel
