#include "tests/snapshot/plain_statistics.h"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace heapreel::testing {
namespace {

struct Sum {
  uint64_t size = 0;
  uint64_t count = 0;
};
using Sums = std::map<Traceback, Sum>;

Traceback label(std::string name) {
  return Traceback{Frame::label(std::move(name))};
}

Traceback group_of_frame(KeyType key, const Frame& frame) {
  const bool has_place = frame.lineno() != 0 || frame.offset() != 0;
  const std::string in_module = has_place                ? frame.to_string()
                                : frame.module().empty() ? "<unknown>"
                                                         : "<unknown> in " + frame.module();
  if (key == KeyType::filename) return Traceback{Frame(frame.filename(), 0)};
  if (key == KeyType::lineno) return Traceback{frame};
  if (key == KeyType::function) return label(frame.function().empty() ? in_module : frame.function());
  return label(frame.module().empty() ? "<unknown>" : frame.module());
}

const Frame& picked_frame(const Traceback& traceback, const SkipList& skip_list) {
  const auto kept =
      std::find_if(traceback.rbegin(), traceback.rend(), [&](const Frame& frame) { return !skip_list.skips(frame); });
  return kept == traceback.rend() ? traceback[-1] : *kept;
}

std::string size_class(uint64_t size) {
  if (size == 0) return "0 B";
  uint64_t most = 1;
  while (most < size) most *= 2;
  return "up to " + format_size(static_cast<double>(most));
}

std::vector<Traceback> groups_of(const PlainBlock& row, const TracebackSource& source, KeyType key, bool cumulative,
                                 const SkipList& skip_list) {
  if (cumulative) {
    std::vector<Traceback> groups;
    for (const Frame& frame : row.traceback) groups.push_back(group_of_frame(key, frame));
    return groups;
  }
  switch (key) {
    case KeyType::traceback:
      return {row.traceback.with_total_nframe(std::nullopt)};
    case KeyType::domain:
      return {label(source.domain_name(row.site.domain))};
    case KeyType::tag:
      return {label(row.tag.empty() ? "<no tag>" : row.tag)};
    case KeyType::thread:
      return {label(source.thread_name(row.block.thread))};
    case KeyType::size_class:
      return {label(size_class(row.block.size))};
    default:
      return {group_of_frame(key, picked_frame(row.traceback, skip_list))};
  }
}

Sums sums_of(const PlainBlocks& blocks, KeyType key, bool cumulative, const SkipList& skip_list) {
  Sums sums;
  for (const PlainBlock& row : blocks.blocks) {
    for (const Traceback& group : groups_of(row, *blocks.source, key, cumulative, skip_list)) {
      sums[group].size += row.block.size;
      ++sums[group].count;
    }
  }
  return sums;
}

template <class Row, class Key>
std::vector<Row> largest_first(std::vector<Row> rows, Key key) {
  std::sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return key(a) > key(b); });
  return rows;
}

bool passes(const TraceFilter& filter, const Trace& trace) {
  return std::visit([&](const auto& any) { return any.matches(trace); }, filter);
}

bool is_inclusive(const TraceFilter& filter) {
  return std::visit([](const auto& any) { return any.inclusive; }, filter);
}

}  // namespace

PlainBlocks::PlainBlocks(const TraceSet& set) : source(set.source()) {
  set.for_each_block([&](const BlockRow& block) {
    const SiteRow site = set.site(block.site);
    blocks.push_back({block, site, source->traceback(site.traceback), source->tag_name(site.tag)});
  });
}

PlainBlocks PlainBlocks::filtered(const std::vector<TraceFilter>& filters) const {
  PlainBlocks kept = *this;
  std::erase_if(kept.blocks, [&](const PlainBlock& row) {
    Trace trace;
    trace.domain = row.site.domain;
    trace.size = row.block.size;
    trace.traceback = row.traceback;
    trace.tag = row.tag;
    bool has_inclusive = false;
    bool is_included = false;
    for (const TraceFilter& filter : filters) {
      if (is_inclusive(filter)) {
        has_inclusive = true;
        is_included = is_included || passes(filter, trace);
      } else if (!passes(filter, trace)) {
        return true;
      }
    }
    return has_inclusive && !is_included;
  });
  return kept;
}

std::vector<Statistic> PlainBlocks::statistics(KeyType key, bool cumulative, const SkipList& skip_list) const {
  std::vector<Statistic> rows;
  for (const auto& [group, sum] : sums_of(*this, key, cumulative, skip_list)) {
    rows.push_back({group, sum.size, sum.count});
  }
  return largest_first(std::move(rows),
                       [](const Statistic& row) { return std::tuple(row.size, row.count, row.traceback); });
}

std::vector<StatisticDiff> PlainBlocks::compare_to(const PlainBlocks& old, KeyType key, bool cumulative,
                                                   const SkipList& skip_list) const {
  const Sums new_sums = sums_of(*this, key, cumulative, skip_list);
  Sums old_sums = sums_of(old, key, cumulative, skip_list);
  std::vector<StatisticDiff> rows;
  const auto add = [&](const Traceback& group, Sum now, Sum before) {
    rows.push_back({group, now.size, static_cast<int64_t>(now.size - before.size), now.count,
                    static_cast<int64_t>(now.count - before.count)});
  };
  for (const auto& [group, sum] : new_sums) {
    add(group, sum, old_sums[group]);
    old_sums.erase(group);
  }
  for (const auto& [group, sum] : old_sums) add(group, {}, sum);
  return largest_first(std::move(rows), [](const StatisticDiff& row) {
    return std::tuple(std::abs(row.size_diff), row.size, std::abs(row.count_diff), row.count, row.traceback);
  });
}

}  // namespace heapreel::testing
