#include "snapshot/statistics/comparison.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace heapreel {
namespace {

// How many rows are put in order at once: more than most readers look at.
constexpr size_t kFirstRows = 32;

uint64_t distance(uint64_t a, uint64_t b) {
  return a > b ? a - b : b - a;
}

struct SameTraceback {
  bool operator()(const Traceback* a, const Traceback* b) const { return *a == *b; }
};
struct HashTraceback {
  size_t operator()(const Traceback* traceback) const { return traceback->hash(); }
};

// Finds the rows of the old side by the groups of the new side.
class OldRows {
 public:
  OldRows(const GroupRows& rows, GroupNumbers numbers) : rows_(rows), by_number_(numbers == GroupNumbers::kShared) {
    if (by_number_) return;
    rows_.for_each([this](const GroupRow& row) { by_traceback_.emplace(row.traceback, Entry{row.sum}); });
  }

  // The sums of the old side, zero when it does not have the group. visit_rest() then knows that the group was asked
  // for.
  GroupSum take(const GroupRow& new_row) {
    if (by_number_) return rows_.sum_of(new_row.group);
    const auto found = by_traceback_.find(new_row.traceback);
    if (found == by_traceback_.end()) return {};
    found->second.taken = true;
    return found->second.sum;
  }

  // Visits the rows that the new side does not have.
  template <class Visit>
  void visit_rest(const GroupRows& new_rows, Visit&& visit) const {
    rows_.for_each([&](const GroupRow& row) {
      const bool is_in_both =
          by_number_ ? new_rows.sum_of(row.group).count != 0 : by_traceback_.at(row.traceback).taken;
      if (!is_in_both) visit(row);
    });
  }

 private:
  struct Entry {
    GroupSum sum;
    bool taken = false;
  };
  const GroupRows& rows_;
  const bool by_number_;
  std::unordered_map<const Traceback*, Entry, HashTraceback, SameTraceback> by_traceback_;
};

std::vector<ChangedGroup> differences(const GroupRows& new_rows, const GroupRows& old_rows, GroupNumbers numbers) {
  std::vector<ChangedGroup> changed;
  OldRows finder(old_rows, numbers);
  new_rows.for_each([&](const GroupRow& row) {
    const GroupSum old_sum = finder.take(row);
    if (old_sum != row.sum) changed.push_back({row.traceback, row.group, old_sum, row.sum});
  });
  finder.visit_rest(new_rows, [&](const GroupRow& row) { changed.push_back({row.traceback, row.group, row.sum, {}}); });
  return changed;
}

// An object and not a function, so that it is inlined into the sort.
constexpr auto kComesBefore = [](const ChangedGroup& a, const ChangedGroup& b) {
  const uint64_t size_distance_a = distance(a.new_sum.size, a.old_sum.size);
  const uint64_t size_distance_b = distance(b.new_sum.size, b.old_sum.size);
  if (size_distance_a != size_distance_b) return size_distance_a > size_distance_b;
  if (a.new_sum.size != b.new_sum.size) return a.new_sum.size > b.new_sum.size;
  const uint64_t count_distance_a = distance(a.new_sum.count, a.old_sum.count);
  const uint64_t count_distance_b = distance(b.new_sum.count, b.old_sum.count);
  if (count_distance_a != count_distance_b) return count_distance_a > count_distance_b;
  if (a.new_sum.count != b.new_sum.count) return a.new_sum.count > b.new_sum.count;
  return *a.traceback > *b.traceback;
};

constexpr auto kIsResized = [](const ChangedGroup& group) { return group.new_sum.size != group.old_sum.size; };

}  // namespace

Comparison::Comparison(std::shared_ptr<const Grouping> new_groups, std::vector<ChangedGroup> changed)
    : new_groups_(std::move(new_groups)), old_tracebacks_(new_groups_->tracebacks()), changed_(std::move(changed)) {
  put_first_rows_first();
}

Comparison::Comparison(std::shared_ptr<const Grouping> new_groups, const Grouping& old_groups, GroupNumbers numbers)
    : new_groups_(std::move(new_groups)),
      old_tracebacks_(old_groups.tracebacks()),
      changed_(differences(*new_groups_->rows(), *old_groups.rows(), numbers)) {
  put_first_rows_first();
}

void Comparison::put_first_rows_first() {
  const auto resized_end = std::partition(changed_.begin(), changed_.end(), kIsResized);
  in_order_ = std::min(kFirstRows, static_cast<size_t>(resized_end - changed_.begin()));
  std::partial_sort(changed_.begin(), changed_.begin() + static_cast<ptrdiff_t>(in_order_), resized_end, kComesBefore);
  const auto is_gone = [](const ChangedGroup& group) { return group.new_sum.count == 0; };
  size_ = new_groups_->size() + static_cast<size_t>(std::count_if(changed_.begin(), changed_.end(), is_gone));
}

const Comparison::Order& Comparison::order() const {
  std::call_once(ordered_, [this] {
    Order order{new_groups_->sorted(), changed_, {}, 0};
    order.lay_out();
    order_ = std::move(order);
  });
  return order_;
}

void Comparison::Order::lay_out() {
  std::sort(changed.begin(), changed.end(), kComesBefore);
  std::vector<uint32_t> left_out;  // positions of groups that changed
  left_out.reserve(changed.size());
  for (const ChangedGroup& group : changed) {
    if (group.new_sum.count != 0) left_out.push_back(rows->position_of(group.group));
  }
  std::sort(left_out.begin(), left_out.end());

  uint32_t next = 0;
  auto next_left_out = left_out.begin();
  const auto add_unchanged_up_to = [&](uint32_t end) {
    for (; next_left_out != left_out.end() && *next_left_out < end; ++next_left_out) {
      add_run(Source::kUnchanged, next, *next_left_out - next);
      next = *next_left_out + 1;
    }
    if (next < end) add_run(Source::kUnchanged, next, end - next);
    next = std::max(next, end);
  };
  for (size_t i = 0; i < changed.size(); ++i) {
    // A group whose size changed comes before all unchanged groups. A group of which only the count changed comes after
    // the larger unchanged groups, and before the unchanged groups of the same size.
    if (!kIsResized(changed[i])) add_unchanged_up_to(rows->count_larger(changed[i].new_sum.size));
    add_run(Source::kChanged, i, 1);
  }
  add_unchanged_up_to(static_cast<uint32_t>(rows->rows().size()));
}

void Comparison::Order::add_run(Source source, size_t first, size_t count) {
  if (count == 0) return;
  if (!runs.empty() && runs.back().source == source && runs.back().first + runs.back().count == first) {
    runs.back().count += static_cast<uint32_t>(count);
  } else {
    runs.push_back({static_cast<uint32_t>(size), static_cast<uint32_t>(first), static_cast<uint32_t>(count), source});
  }
  size += count;
}

StatisticDiff Comparison::unchanged(const GroupRow& row) const {
  return {GroupTracebacks::copy(new_groups_->tracebacks(), *row.traceback), row.sum.size, 0, row.sum.count, 0};
}

StatisticDiff Comparison::changed(const ChangedGroup& group) const {
  const auto& owner = group.new_sum.count == 0 ? old_tracebacks_ : new_groups_->tracebacks();
  return {GroupTracebacks::copy(owner, *group.traceback), group.new_sum.size,
          static_cast<int64_t>(group.new_sum.size - group.old_sum.size), group.new_sum.count,
          static_cast<int64_t>(group.new_sum.count - group.old_sum.count)};
}

StatisticDiff Comparison::row(const Order& order, const Run& run, uint32_t place) const {
  const uint32_t at = run.first + (place - run.place);
  return run.source == Source::kChanged ? changed(order.changed[at]) : unchanged(order.rows->rows()[at]);
}

StatisticDiff Comparison::operator[](size_t place) const {
  if (place < in_order_) return changed(changed_[place]);
  const Order& all_rows = order();
  const auto after = std::partition_point(all_rows.runs.begin(), all_rows.runs.end(),
                                          [&](const Run& run) { return run.place <= place; });
  return row(all_rows, *(after - 1), static_cast<uint32_t>(place));
}

std::vector<StatisticDiff> Comparison::all() const {
  const Order& all_rows = order();
  std::vector<StatisticDiff> rows;
  rows.reserve(size_);
  for (const Run& run : all_rows.runs) {
    for (uint32_t place = run.place; place < run.place + run.count; ++place) rows.push_back(row(all_rows, run, place));
  }
  return rows;
}

}  // namespace heapreel
