// A trace set's live blocks, added up by group.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <heapreel/traceback.h>

#include "snapshot/group_table.h"
#include "snapshot/trace_set.h"

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
  const Traceback* traceback;  // one of the grouping's tracebacks()
  GroupSum sum;
  uint32_t group;  // number in the group table

  // tracemalloc's order of statistics, largest first; total within one grouping.
  bool comes_before(const GroupRow& other) const;
};

// Immutable; any thread. Only groups that have blocks.
//
// A grouping may be made out of another by what changed; its own rows are then merged when somebody asks for them.
// Until then it keeps the other one alive.
class Grouping {
 public:
  static constexpr uint32_t kAbsent = UINT32_MAX;

  // Adds up the whole set: its sites, or its blocks where the key needs them.
  static std::shared_ptr<const Grouping> of(const TraceSet& set, GroupTable& table);

  // `base` without the rows at `left_out` (ascending), and with `put_in` (in any order).
  Grouping(std::shared_ptr<const Grouping> base, std::vector<uint32_t> left_out, std::vector<GroupRow> put_in);
  // Sorts the rows.
  Grouping(std::vector<GroupRow> rows, std::shared_ptr<const GroupTracebacks> tracebacks);

  // In tracemalloc's order.
  const std::vector<GroupRow>& rows() const;
  // Where a group stands in rows(), or kAbsent.
  uint32_t position_of(uint32_t group) const;
  const std::shared_ptr<const GroupTracebacks>& tracebacks() const { return tracebacks_; }

 private:
  void merge() const;
  void index() const;

  const std::shared_ptr<const GroupTracebacks> tracebacks_;
  mutable std::once_flag merged_;
  mutable std::shared_ptr<const Grouping> base_;  // null once its rows are merged
  mutable std::vector<uint32_t> left_out_;
  mutable std::vector<GroupRow> put_in_;
  mutable std::vector<GroupRow> rows_;
  mutable std::once_flag indexed_;
  mutable std::vector<uint32_t> positions_;  // by group
};

}  // namespace heapreel
