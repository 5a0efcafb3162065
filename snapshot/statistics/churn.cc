#include "snapshot/statistics/churn.h"

#include <algorithm>
#include <mutex>
#include <span>
#include <stdexcept>
#include <tuple>
#include <unordered_map>

#include <heapreel/size_text.h>

namespace heapreel {

namespace {

struct Figures {
  uint64_t allocs = 0;
  uint64_t alloc_bytes = 0;
  uint64_t frees = 0;
  uint64_t freed_bytes = 0;
  uint64_t reallocs = 0;

  static Figures of(const GroupHistory& group) {
    return {group.allocs, group.alloc_bytes, group.frees, group.freed_bytes, group.reallocs};
  }
  static Figures of(const SiteHistory& site) {
    return {site.allocs, site.alloc_bytes, site.frees(), site.freed_bytes(), site.reallocs};
  }
  Figures since(const Figures& old) const {
    return {allocs - old.allocs, alloc_bytes - old.alloc_bytes, frees - old.frees, freed_bytes - old.freed_bytes,
            reallocs - old.reallocs};
  }
  void add(const Figures& other) {
    allocs += other.allocs;
    alloc_bytes += other.alloc_bytes;
    frees += other.frees;
    freed_bytes += other.freed_bytes;
    reallocs += other.reallocs;
  }
  bool is_nothing() const { return allocs == 0 && frees == 0; }
};

using FiguresByNumber = std::unordered_map<uint32_t, Figures>;

// How much the figures of each number grew, where they did.
class Growth {
 public:
  explicit Growth(FiguresByNumber before) : before_(std::move(before)) {}

  Figures of(uint32_t number, const Figures& after) const {
    const auto old = before_.find(number);
    return after.since(old == before_.end() ? Figures{} : old->second);
  }

 private:
  const FiguresByNumber before_;
};

class SumsByGroup {
 public:
  explicit SumsByGroup(GroupTable& table) : table_(table) {}

  void add(std::span<const uint32_t> groups, const Figures& change) {
    if (sums_.size() < table_.size()) sums_.resize(table_.size());
    for (const uint32_t group : groups) sums_[group].add(change);
  }

  std::vector<ChurnStatistic> statistics() const {
    std::vector<ChurnStatistic> statistics;
    for (uint32_t group = 0; group < sums_.size(); ++group) {
      const Figures& sum = sums_[group];
      if (sum.is_nothing()) continue;
      statistics.push_back({GroupTracebacks::copy(table_.tracebacks(), *table_.group(group)), sum.allocs,
                            sum.alloc_bytes, sum.frees, sum.freed_bytes, sum.reallocs});
    }
    std::ranges::sort(statistics, [](const ChurnStatistic& a, const ChurnStatistic& b) {
      return std::tie(a.alloc_bytes, a.allocs, a.freed_bytes, a.frees, a.traceback) >
             std::tie(b.alloc_bytes, b.allocs, b.freed_bytes, b.frees, b.traceback);
    });
    return statistics;
  }

 private:
  GroupTable& table_;
  std::vector<Figures> sums_;
};

std::vector<ChurnStatistic> churn_by_site(const TraceSet& old_set, const TraceSet& new_set, GroupTable& table) {
  FiguresByNumber before;
  const bool old_known =
      old_set.for_each_site_history([&](const SiteHistory& site) { before[site.row.site] = Figures::of(site); });
  const Growth growth(std::move(before));

  std::lock_guard lock(table.mutex());
  SumsByGroup sums(table);
  const bool new_known = new_set.for_each_site_history([&](const SiteHistory& site) {
    const Figures change = growth.of(site.row.site, Figures::of(site));
    if (!change.is_nothing()) sums.add(table.groups_of(site.row), change);  // else no traceback is resolved
  });
  if (!old_known || !new_known) {
    throw std::invalid_argument(
        "churn_since: one of the snapshots holds selected blocks only (born(), or a filter by thread): what was freed "
        "is not known of it");
  }
  return sums.statistics();
}

std::vector<ChurnStatistic> churn_by_item(const TraceSet& old_set, const TraceSet& new_set, GroupTable& table) {
  const KeyType key = table.key().key_type;
  if (!key_row(key).has_history) {
    throw std::invalid_argument("churn_since: blocks that are gone are not counted by " + std::string(to_string(key)) +
                                "; choose another key");
  }
  FiguresByNumber before;
  std::vector<GroupHistory> after;
  try {
    old_set.for_each_group_history(key, [&](const GroupHistory& group) { before[group.item] = Figures::of(group); });
    new_set.for_each_group_history(key, [&](const GroupHistory& group) { after.push_back(group); });
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(std::string("churn_since: ") + error.what());
  }
  const Growth growth(std::move(before));

  std::lock_guard lock(table.mutex());
  SumsByGroup sums(table);
  for (const GroupHistory& group : after) {
    sums.add(table.groups_of_item(group.item), growth.of(group.item, Figures::of(group)));
  }
  return sums.statistics();
}

}  // namespace

std::vector<ChurnStatistic> churn(const TraceSet& old_set, const TraceSet& new_set, GroupTable& table) {
  return (table.key().is_per_block() ? churn_by_item : churn_by_site)(old_set, new_set, table);
}

std::string ChurnStatistic::to_string() const {
  return traceback.to_string() + ": allocs=" + std::to_string(allocs) + " (" +
         format_size(static_cast<double>(alloc_bytes)) + "), frees=" + std::to_string(frees) + " (" +
         format_size(static_cast<double>(freed_bytes)) + ")";
}

}  // namespace heapreel
