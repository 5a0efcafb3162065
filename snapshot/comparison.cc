#include "snapshot/comparison.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace heapreel {
namespace {

uint64_t distance(uint64_t a, uint64_t b) {
  return a > b ? a - b : b - a;
}

struct SameTraceback {
  bool operator()(const Traceback* a, const Traceback* b) const { return *a == *b; }
};
struct HashTraceback {
  size_t operator()(const Traceback* traceback) const { return traceback->hash(); }
};

// Finds old rows by the new side's groups.
class OldRows {
 public:
  OldRows(const Grouping& old_rows, GroupNumbers numbers) : rows_(old_rows), by_number_(numbers == GroupNumbers::kShared) {
    if (by_number_) return;
    by_traceback_.reserve(rows_.rows().size());
    for (uint32_t position = 0; position < rows_.rows().size(); ++position) {
      by_traceback_.emplace(rows_.rows()[position].traceback, position);
    }
  }

  // Position of the same group's row, or Grouping::kAbsent.
  uint32_t find(const GroupRow& new_row) const {
    if (by_number_) return rows_.position_of(new_row.group);
    const auto found = by_traceback_.find(new_row.traceback);
    return found == by_traceback_.end() ? Grouping::kAbsent : found->second;
  }

 private:
  const Grouping& rows_;
  const bool by_number_;
  std::unordered_map<const Traceback*, uint32_t, HashTraceback, SameTraceback> by_traceback_;
};

}  // namespace

bool Comparison::Row::comes_before(const Row& other) const {
  const uint64_t size_distance = distance(new_sum.size, old_sum.size);
  const uint64_t other_size_distance = distance(other.new_sum.size, other.old_sum.size);
  if (size_distance != other_size_distance) return size_distance > other_size_distance;
  if (new_sum.size != other.new_sum.size) return new_sum.size > other.new_sum.size;
  const uint64_t count_distance = distance(new_sum.count, old_sum.count);
  const uint64_t other_count_distance = distance(other.new_sum.count, other.old_sum.count);
  if (count_distance != other_count_distance) return count_distance > other_count_distance;
  if (new_sum.count != other.new_sum.count) return new_sum.count > other.new_sum.count;
  return *traceback > *other.traceback;
}

Comparison Comparison::of_changes(std::shared_ptr<const Grouping> known, const std::vector<ChangedGroup>& changed) {
  Comparison comparison(std::move(known));
  comparison.old_tracebacks_ = comparison.unchanged_->tracebacks();
  comparison.changed_.reserve(changed.size());
  for (const ChangedGroup& group : changed) {
    comparison.changed_.push_back({group.traceback, group.old_sum, group.new_sum});
  }
  comparison.lay_out(positions_in_known(changed));
  return comparison;
}

Comparison Comparison::of_groupings(std::shared_ptr<const Grouping> new_rows, const Grouping& old_rows,
                                    GroupNumbers numbers) {
  Comparison comparison(std::move(new_rows));
  comparison.old_tracebacks_ = old_rows.tracebacks();
  const OldRows finder(old_rows, numbers);
  std::vector<bool> found(old_rows.rows().size());
  std::vector<uint32_t> changed_positions;
  const std::vector<GroupRow>& rows = comparison.unchanged_->rows();
  for (uint32_t position = 0; position < rows.size(); ++position) {
    const uint32_t old_position = finder.find(rows[position]);
    GroupSum old_sum;
    if (old_position != Grouping::kAbsent) {
      found[old_position] = true;
      old_sum = old_rows.rows()[old_position].sum;
    }
    if (old_sum == rows[position].sum) continue;
    changed_positions.push_back(position);
    comparison.changed_.push_back({rows[position].traceback, old_sum, rows[position].sum});
  }
  for (uint32_t position = 0; position < found.size(); ++position) {
    const GroupRow& row = old_rows.rows()[position];
    if (!found[position]) comparison.changed_.push_back({row.traceback, row.sum, {}});
  }
  comparison.lay_out(changed_positions);
  return comparison;
}

// `changed_positions` are the rows of unchanged_ that changed after all, ascending.
void Comparison::lay_out(const std::vector<uint32_t>& changed_positions) {
  std::sort(changed_.begin(), changed_.end(), [](const Row& a, const Row& b) { return a.comes_before(b); });
  const std::vector<GroupRow>& rows = unchanged_->rows();
  runs_.reserve(2 * (changed_positions.size() + changed_.size()) + 1);

  uint32_t next = 0;
  auto changed_position = changed_positions.begin();
  const auto add_unchanged_up_to = [&](uint32_t end) {
    for (; changed_position != changed_positions.end() && *changed_position < end; ++changed_position) {
      add_run(next, *changed_position - next, false);
      next = *changed_position + 1;
    }
    if (next < end) add_run(next, end - next, false);
    next = std::max(next, end);
  };
  for (size_t i = 0; i < changed_.size(); ++i) {
    const Row& row = changed_[i];
    // A difference in size comes before none; without one, a difference in count decides between equal sizes.
    if (row.new_sum.size == row.old_sum.size) {
      const auto place = std::partition_point(
          rows.begin() + next, rows.end(), [&](const GroupRow& other) { return other.sum.size > row.new_sum.size; });
      add_unchanged_up_to(static_cast<uint32_t>(place - rows.begin()));
    }
    add_run(i, 1, true);
  }
  add_unchanged_up_to(static_cast<uint32_t>(rows.size()));
}

void Comparison::add_run(size_t source, size_t count, bool is_changed) {
  if (count == 0) return;
  if (is_changed && !runs_.empty() && runs_.back().is_changed) {
    runs_.back().count += static_cast<uint32_t>(count);  // changed rows come one after the other
  } else {
    runs_.push_back({static_cast<uint32_t>(size_), static_cast<uint32_t>(source), static_cast<uint32_t>(count),
                     is_changed});
  }
  size_ += count;
}

StatisticDiff Comparison::row(const Run& run, uint32_t place) const {
  const uint32_t source = run.source + (place - run.place);
  if (!run.is_changed) {
    const GroupRow& row = unchanged_->rows()[source];
    return {GroupTracebacks::copy(unchanged_->tracebacks(), *row.traceback), row.sum.size, 0, row.sum.count, 0};
  }
  const Row& row = changed_[source];
  const auto& owner = row.new_sum.count == 0 ? old_tracebacks_ : unchanged_->tracebacks();
  return {GroupTracebacks::copy(owner, *row.traceback), row.new_sum.size,
          static_cast<int64_t>(row.new_sum.size - row.old_sum.size), row.new_sum.count,
          static_cast<int64_t>(row.new_sum.count - row.old_sum.count)};
}

StatisticDiff Comparison::operator[](size_t place) const {
  const auto after = std::partition_point(runs_.begin(), runs_.end(), [&](const Run& run) { return run.place <= place; });
  return row(*(after - 1), static_cast<uint32_t>(place));
}

std::vector<StatisticDiff> Comparison::all() const {
  std::vector<StatisticDiff> rows;
  rows.reserve(size_);
  for (const Run& run : runs_) {
    for (uint32_t place = run.place; place < run.place + run.count; ++place) rows.push_back(row(run, place));
  }
  return rows;
}

}  // namespace heapreel
