#include "snapshot/comparison.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace heapreel {
namespace {

struct DiffRow {
  const Traceback* traceback;
  uint64_t size;
  uint64_t count;
  uint64_t size_distance;  // |size_diff|
  uint64_t count_distance;
  bool size_shrank;
  bool count_shrank;

  bool comes_before(const DiffRow& other) const {
    if (size_distance != other.size_distance) return size_distance > other.size_distance;
    if (size != other.size) return size > other.size;
    if (count_distance != other.count_distance) return count_distance > other.count_distance;
    if (count != other.count) return count > other.count;
    return *traceback > *other.traceback;
  }
};

uint64_t distance(uint64_t a, uint64_t b) {
  return a > b ? a - b : b - a;
}

DiffRow difference(const Traceback* traceback, uint64_t new_size, uint64_t new_count, uint64_t old_size,
                   uint64_t old_count) {
  return {traceback,
          new_size,
          new_count,
          distance(new_size, old_size),
          distance(new_count, old_count),
          new_size < old_size,
          new_count < old_count};
}

int64_t with_sign(uint64_t distance, bool negative) {
  return static_cast<int64_t>(negative ? 0 - distance : distance);
}

StatisticDiff to_statistic(const DiffRow& row) {
  return {*row.traceback, row.size, with_sign(row.size_distance, row.size_shrank), row.count,
          with_sign(row.count_distance, row.count_shrank)};
}

struct SameTraceback {
  bool operator()(const Traceback* a, const Traceback* b) const { return *a == *b; }
};
struct HashTraceback {
  size_t operator()(const Traceback* traceback) const { return traceback->hash(); }
};

// The old rows, numbered as the new ones are; groups that the new side lacks get numbers of their own.
Grouping renumber(const Grouping& old_rows, const Grouping& new_rows) {
  std::unordered_map<const Traceback*, uint32_t, HashTraceback, SameTraceback> numbers;
  numbers.reserve(new_rows.size());
  uint32_t fresh = 0;
  for (const GroupRow& row : new_rows) {
    numbers.emplace(row.traceback, row.group);
    fresh = std::max(fresh, row.group + 1);
  }
  Grouping renumbered = old_rows;
  for (GroupRow& row : renumbered) {
    const auto found = numbers.find(row.traceback);
    row.group = found != numbers.end() ? found->second : fresh++;
  }
  return renumbered;
}

uint32_t count_numbers(const Grouping& rows) {
  uint32_t count = 0;
  for (const GroupRow& row : rows) count = std::max(count, row.group + 1);
  return count;
}

}  // namespace

std::vector<StatisticDiff> compare(const Grouping& new_rows, const Grouping& old_rows, GroupNumbers numbers) {
  if (numbers == GroupNumbers::kUnrelated) {
    return compare(new_rows, renumber(old_rows, new_rows), GroupNumbers::kShared);
  }
  std::vector<const GroupRow*> old_by_group(std::max(count_numbers(new_rows), count_numbers(old_rows)));
  for (const GroupRow& row : old_rows) old_by_group[row.group] = &row;

  // With no difference to tell them apart the unchanged rows are ordered by size, count and traceback, which
  // is the order they come in: only the others need sorting.
  std::vector<DiffRow> unchanged, changed;
  unchanged.reserve(new_rows.size());
  for (const GroupRow& row : new_rows) {
    const GroupRow* old_row = std::exchange(old_by_group[row.group], nullptr);
    const DiffRow diff =
        difference(row.traceback, row.size, row.count, old_row ? old_row->size : 0, old_row ? old_row->count : 0);
    (diff.size_distance == 0 && diff.count_distance == 0 ? unchanged : changed).push_back(diff);
  }
  for (const GroupRow* row : old_by_group) {
    if (row) changed.push_back(difference(row->traceback, 0, 0, row->size, row->count));
  }
  const auto order = [](const DiffRow& a, const DiffRow& b) { return a.comes_before(b); };
  std::sort(changed.begin(), changed.end(), order);

  std::vector<StatisticDiff> statistics;
  statistics.reserve(unchanged.size() + changed.size());
  auto next = changed.begin();
  for (const DiffRow& row : unchanged) {
    for (; next != changed.end() && next->comes_before(row); ++next) statistics.push_back(to_statistic(*next));
    statistics.push_back(to_statistic(row));
  }
  for (; next != changed.end(); ++next) statistics.push_back(to_statistic(*next));
  return statistics;
}

}  // namespace heapreel
