// The groups in which two trace sets of one source differ.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "snapshot/model/group_table.h"
#include "snapshot/model/trace_set.h"
#include "snapshot/statistics/sorted_groups.h"

namespace heapreel {

struct GroupChange {
  const Traceback* traceback;
  uint32_t group;
  GroupSum growth;  // from the old set to the new one; zero where what came and what went cancel out
};

// For one thread. Holds the table's mutex, and its notes, as long as it lives.
class GroupChanges {
 public:
  // The cost grows with what differs between the sets. Returns nothing when they cannot tell what differs.
  static std::optional<GroupChanges> between(const TraceSet& old_set, const TraceSet& new_set, GroupTable& table);

  GroupChanges(GroupChanges&&) = default;
  GroupChanges& operator=(GroupChanges&&) = delete;
  ~GroupChanges();

  // The changed groups, in the order in which they were first seen.
  const std::vector<GroupChange>& list() const { return list_; }
  static constexpr uint32_t kNone = GroupTable::kUnnoted;
  // Place of a group in list(), or kNone.
  uint32_t place_of(uint32_t group) const { return table_.note_of(group); }

 private:
  explicit GroupChanges(GroupTable& table) : lock_(table.mutex()), table_(table) {}

  // False where the sets cannot tell.
  bool add_blocks(const TraceSet& old_set, const TraceSet& new_set);
  bool add_sites(const TraceSet& old_set, const TraceSet& new_set);
  void add(std::span<const uint32_t> groups, GroupSum growth);

  std::unique_lock<std::mutex> lock_;
  GroupTable& table_;
  std::vector<GroupChange> list_;
};

}  // namespace heapreel
