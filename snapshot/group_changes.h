// The groups in which two trace sets of one source differ.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "snapshot/grouping.h"

namespace heapreel {

struct GroupChange {
  const Traceback* traceback;
  uint32_t group;
  GroupSum growth;  // from the old set to the new one; never zero
};

// At the cost of what differs between the sets. Nothing where they cannot tell what does.
std::optional<std::vector<GroupChange>> collect_changes(const TraceSet& old_set, const TraceSet& new_set,
                                                        GroupTable& table);

// A changed group with its values in both sets; count 0 where it is not in one.
struct ChangedGroup {
  const Traceback* traceback;
  uint32_t group;
  uint32_t position;  // in the grouping that is known, or Grouping::kAbsent
  GroupSum old_sum;
  GroupSum new_sum;
};

enum class KnownSide : uint8_t { kOld, kNew };

// Completes changes by what one side has.
std::vector<ChangedGroup> complete_changes(const std::vector<GroupChange>& changes, const Grouping& known,
                                           KnownSide side);

// The grouping of the side that is not known.
std::shared_ptr<const Grouping> derive_other_side(std::shared_ptr<const Grouping> known, KnownSide side,
                                                  const std::vector<ChangedGroup>& changed);

// Positions of the changed groups, ascending.
std::vector<uint32_t> positions_in_known(const std::vector<ChangedGroup>& changed);

}  // namespace heapreel
