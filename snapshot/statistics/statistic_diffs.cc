#include <heapreel/statistic_diffs.h>

#include <algorithm>
#include <utility>

#include "engine/tracer/tracer.h"
#include "snapshot/statistics/comparison.h"
#include "snapshot/text/python_index.h"

namespace heapreel {

StatisticDiffs::StatisticDiffs(std::shared_ptr<const Comparison> comparison) : comparison_(std::move(comparison)) {}

size_t StatisticDiffs::size() const {
  return comparison_->size();
}

StatisticDiff StatisticDiffs::at(size_t position) const {
  const engine::UntracedScope untraced_scope;
  return (*comparison_)[position];
}

StatisticDiff StatisticDiffs::operator[](ptrdiff_t index) const {
  return at(python_index(index, size(), "list index out of range"));
}

std::vector<StatisticDiff> StatisticDiffs::slice(std::optional<ptrdiff_t> start, std::optional<ptrdiff_t> stop) const {
  const engine::UntracedScope untraced_scope;
  const auto [first, last] = python_slice(start, stop, size());
  std::vector<StatisticDiff> part;
  part.reserve(last - first);
  for (size_t i = first; i < last; ++i) part.push_back(at(i));
  return part;
}

StatisticDiffs::operator std::vector<StatisticDiff>() const {
  const engine::UntracedScope untraced_scope;
  return comparison_->all();
}

bool operator==(const StatisticDiffs& a, const StatisticDiffs& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
}

bool operator==(const StatisticDiffs& a, const std::vector<StatisticDiff>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
}

}  // namespace heapreel
