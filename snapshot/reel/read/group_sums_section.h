// One section of sums by group (REEL_FORMAT.md, kind 14): where the growth of each group stands in its payload.
#pragma once

#include <span>
#include <vector>

#include "engine/store/group_sums.h"
#include "snapshot/reel/format/group_growth.h"
#include "snapshot/reel/format/number_column.h"

namespace heapreel {

// The payload must outlive it. One thread.
class GroupSumsSection {
 public:
  // `stills` is how many stills the section tells about. Throws ReelError.
  GroupSumsSection(std::span<const uint8_t> payload, size_t stills);

  // The groups, ascending, each once.
  const std::vector<engine::GroupId>& groups() const { return groups_; }

  // Reads how much the group at `position` grew in the stills from `first` on, as many as `lines` holds.
  void read(size_t position, size_t first, std::span<group_growth::Numbers> lines) const;

 private:
  std::vector<engine::GroupId> groups_;
  std::vector<NumberColumn> columns_;  // kNumbers a group
};

}  // namespace heapreel
