// Sums by group, in tracemalloc's order.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "snapshot/model/group_tracebacks.h"

namespace heapreel {

// Unsigned arithmetic: differences below zero wrap and come right when added.
struct GroupSum {
  uint64_t size = 0;   // bytes
  uint64_t count = 0;  // blocks, or occurrences

  friend GroupSum operator+(GroupSum a, GroupSum b) { return {a.size + b.size, a.count + b.count}; }
  friend GroupSum operator-(GroupSum a, GroupSum b) { return {a.size - b.size, a.count - b.count}; }
  friend bool operator==(const GroupSum&, const GroupSum&) = default;
};

struct GroupRow {
  const Traceback* traceback;  // one of the table's
  GroupSum sum;
  uint32_t group;  // number in the group table

  // tracemalloc's order of statistics, largest first; total within one grouping.
  bool comes_before(const GroupRow& other) const;
};

// Immutable; any thread.
class SortedGroups {
 public:
  static constexpr uint32_t kAbsent = UINT32_MAX;

  // `rows` are in order.
  explicit SortedGroups(std::vector<GroupRow> rows);

  const std::vector<GroupRow>& rows() const { return rows_; }
  // The position of a group in rows(), or kAbsent. The first call looks at all rows.
  uint32_t position_of(uint32_t group) const;
  // How many rows are larger, in bytes.
  uint32_t count_larger(uint64_t size) const;
  // These rows with `changes`. Each change replaces the row of its group, if there is one; a change without blocks only
  // removes it. Sorts the changes alone.
  std::shared_ptr<const SortedGroups> with(std::span<const GroupRow> changes) const;

 private:
  const std::vector<GroupRow> rows_;
  std::vector<uint64_t> sizes_;  // the sizes of rows_, which a search finds in a quarter of the cache lines
  mutable std::once_flag indexed_;
  mutable std::vector<uint32_t> positions_;  // by group
};

}  // namespace heapreel
