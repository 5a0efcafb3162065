#include "snapshot/statistics/churn.h"

#include <algorithm>
#include <mutex>
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

}  // namespace

std::vector<ChurnStatistic> churn(const TraceSet& old_set, const TraceSet& new_set, GroupTable& table) {
  std::unordered_map<uint32_t, Figures> before;
  const bool old_known =
      old_set.for_each_site_history([&](const SiteHistory& site) { before[site.row.site] = Figures::of(site); });

  std::lock_guard lock(table.mutex());
  std::vector<Figures> sums;  // by group
  const bool new_known = new_set.for_each_site_history([&](const SiteHistory& site) {
    const auto old = before.find(site.row.site);
    const Figures change = Figures::of(site).since(old == before.end() ? Figures{} : old->second);
    if (change.is_nothing()) return;  // spares resolving its traceback
    const auto groups = table.groups_of(site.row);
    if (sums.size() < table.size()) sums.resize(table.size());
    for (const uint32_t group : groups) sums[group].add(change);
  });
  if (!old_known || !new_known) {
    throw std::invalid_argument("churn_since: a selection of blocks does not account for those that are gone");
  }

  std::vector<ChurnStatistic> statistics;
  for (uint32_t group = 0; group < sums.size(); ++group) {
    const Figures& sum = sums[group];
    if (sum.is_nothing()) continue;
    statistics.push_back({GroupTracebacks::copy(table.tracebacks(), *table.group(group)), sum.allocs, sum.alloc_bytes,
                          sum.frees, sum.freed_bytes, sum.reallocs});
  }
  std::ranges::sort(statistics, [](const ChurnStatistic& a, const ChurnStatistic& b) {
    return std::tie(a.alloc_bytes, a.allocs, a.freed_bytes, a.frees, a.traceback) >
           std::tie(b.alloc_bytes, b.allocs, b.freed_bytes, b.frees, b.traceback);
  });
  return statistics;
}

std::string ChurnStatistic::to_string() const {
  return traceback.to_string() + ": allocs=" + std::to_string(allocs) + " (" +
         format_size(static_cast<double>(alloc_bytes)) + "), frees=" + std::to_string(frees) + " (" +
         format_size(static_cast<double>(freed_bytes)) + ")";
}

}  // namespace heapreel
