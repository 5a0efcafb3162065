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
  OldRows(const SortedGroups& old_groups, GroupNumbers numbers)
      : groups_(old_groups), by_number_(numbers == GroupNumbers::kShared) {
    if (by_number_) return;
    by_traceback_.reserve(groups_.rows().size());
    for (uint32_t position = 0; position < groups_.rows().size(); ++position) {
      by_traceback_.emplace(groups_.rows()[position].traceback, position);
    }
  }

  // Position of the same group's row, or SortedGroups::kAbsent.
  uint32_t find(const GroupRow& new_row) const {
    if (by_number_) return groups_.position_of(new_row.group);
    const auto found = by_traceback_.find(new_row.traceback);
    return found == by_traceback_.end() ? SortedGroups::kAbsent : found->second;
  }

 private:
  const SortedGroups& groups_;
  const bool by_number_;
  std::unordered_map<const Traceback*, uint32_t, HashTraceback, SameTraceback> by_traceback_;
};

bool comes_before(const ChangedGroup& a, const ChangedGroup& b) {
  const uint64_t size_distance_a = distance(a.new_sum.size, a.old_sum.size);
  const uint64_t size_distance_b = distance(b.new_sum.size, b.old_sum.size);
  if (size_distance_a != size_distance_b) return size_distance_a > size_distance_b;
  if (a.new_sum.size != b.new_sum.size) return a.new_sum.size > b.new_sum.size;
  const uint64_t count_distance_a = distance(a.new_sum.count, a.old_sum.count);
  const uint64_t count_distance_b = distance(b.new_sum.count, b.old_sum.count);
  if (count_distance_a != count_distance_b) return count_distance_a > count_distance_b;
  if (a.new_sum.count != b.new_sum.count) return a.new_sum.count > b.new_sum.count;
  return *a.traceback > *b.traceback;
}

}  // namespace

Comparison::Comparison(ChangedLayers layers)
    : unchanged_(std::move(layers.unchanged)),
      changed_(std::move(layers.changed)),
      new_tracebacks_(layers.tracebacks),
      old_tracebacks_(std::move(layers.tracebacks)) {
  lay_out();
}

Comparison::Comparison(const Grouping& new_groups, const Grouping& old_groups, GroupNumbers numbers)
    : unchanged_{new_groups.merged(), {}, {}},
      new_tracebacks_(new_groups.tracebacks()),
      old_tracebacks_(old_groups.tracebacks()) {
  const auto old_rows = old_groups.merged();
  const OldRows finder(*old_rows, numbers);
  std::vector<bool> found(old_rows->rows().size());
  const std::vector<GroupRow>& rows = unchanged_.base->rows();
  for (uint32_t position = 0; position < rows.size(); ++position) {
    const GroupRow& row = rows[position];
    const uint32_t old_position = finder.find(row);
    GroupSum old_sum;
    if (old_position != SortedGroups::kAbsent) {
      found[old_position] = true;
      old_sum = old_rows->rows()[old_position].sum;
    }
    if (old_sum == row.sum) continue;
    unchanged_.left_out.push_back(position);
    changed_.push_back({row.traceback, row.group, old_sum, row.sum});
  }
  for (uint32_t position = 0; position < found.size(); ++position) {
    const GroupRow& row = old_rows->rows()[position];
    if (!found[position]) changed_.push_back({row.traceback, row.group, row.sum, {}});
  }
  lay_out();
}

void Comparison::lay_out() {
  std::sort(changed_.begin(), changed_.end(), comes_before);
  const std::vector<PlacedRow>& put_in = unchanged_.put_in;
  runs_.reserve(unchanged_.left_out.size() + 2 * (put_in.size() + changed_.size()) + 1);

  uint32_t next_base = 0;
  auto left_out = unchanged_.left_out.begin();
  const auto add_base_up_to = [&](uint32_t end) {
    for (; left_out != unchanged_.left_out.end() && *left_out < end; ++left_out) {
      add_run(Source::kBase, next_base, *left_out - next_base);
      next_base = *left_out + 1;
    }
    if (next_base < end) add_run(Source::kBase, next_base, end - next_base);
    next_base = std::max(next_base, end);
  };
  size_t next_put_in = 0;
  const auto add_put_in_up_to = [&](size_t end) {
    for (; next_put_in < end; ++next_put_in) {
      add_base_up_to(put_in[next_put_in].place);
      add_run(Source::kPutIn, next_put_in, 1);
    }
  };
  for (size_t i = 0; i < changed_.size(); ++i) {
    // A difference in size comes before none; without one, a difference in count comes before none at the same size.
    if (const uint64_t size = changed_[i].new_sum.size; size == changed_[i].old_sum.size) {
      const auto placed_is_larger = [size](const PlacedRow& placed) { return placed.row.sum.size > size; };
      add_put_in_up_to(static_cast<size_t>(std::ranges::partition_point(put_in, placed_is_larger) - put_in.begin()));
      add_base_up_to(unchanged_.base->count_larger(size));
    }
    add_run(Source::kChanged, i, 1);
  }
  add_put_in_up_to(put_in.size());
  add_base_up_to(static_cast<uint32_t>(unchanged_.base->rows().size()));
}

void Comparison::add_run(Source source, size_t first, size_t count) {
  if (count == 0) return;
  if (!runs_.empty() && runs_.back().source == source && runs_.back().first + runs_.back().count == first) {
    runs_.back().count += static_cast<uint32_t>(count);
  } else {
    runs_.push_back({static_cast<uint32_t>(size_), static_cast<uint32_t>(first), static_cast<uint32_t>(count), source});
  }
  size_ += count;
}

StatisticDiff Comparison::row(const Run& run, uint32_t place) const {
  const uint32_t at = run.first + (place - run.place);
  if (run.source != Source::kChanged) {
    const GroupRow& row = run.source == Source::kBase ? unchanged_.base->rows()[at] : unchanged_.put_in[at].row;
    return {GroupTracebacks::copy(new_tracebacks_, *row.traceback), row.sum.size, 0, row.sum.count, 0};
  }
  const ChangedGroup& group = changed_[at];
  const auto& owner = group.new_sum.count == 0 ? old_tracebacks_ : new_tracebacks_;
  return {GroupTracebacks::copy(owner, *group.traceback), group.new_sum.size,
          static_cast<int64_t>(group.new_sum.size - group.old_sum.size), group.new_sum.count,
          static_cast<int64_t>(group.new_sum.count - group.old_sum.count)};
}

StatisticDiff Comparison::operator[](size_t place) const {
  const auto after =
      std::partition_point(runs_.begin(), runs_.end(), [&](const Run& run) { return run.place <= place; });
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
