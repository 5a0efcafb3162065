#include <heapreel/snapshot.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "engine/tracer/tracer.h"
#include "snapshot/model/block_subset.h"
#include "snapshot/model/filtered_trace_set.h"
#include "snapshot/model/vector_trace_set.h"
#include "snapshot/query/snapshot_data.h"
#include "snapshot/statistics/churn.h"
#include "snapshot/statistics/comparison.h"
#include "snapshot/statistics/size_bins.h"

namespace heapreel {

Snapshot Snapshot::from_traces(std::vector<Trace> traces, int traceback_limit) {
  return SnapshotData::make_snapshot(std::make_shared<const VectorTraceSet>(traces), traceback_limit, SkipList());
}

Traces Snapshot::traces() const {
  return Traces(data_);
}

int Snapshot::traceback_limit() const {
  return data_->traceback_limit();
}

uint64_t Snapshot::game_frame() const {
  return data_->set().game_frame();
}

std::vector<Statistic> Snapshot::statistics(KeyType key_type, bool cumulative) const {
  const engine::UntracedScope untraced_scope;
  const auto grouping = data_->grouping(data_->group_key(key_type, cumulative));
  std::vector<Statistic> statistics;
  const auto groups = grouping->sorted();
  statistics.reserve(groups->rows().size());
  for (const GroupRow& row : groups->rows()) {
    statistics.push_back({GroupTracebacks::copy(grouping->tracebacks(), *row.traceback), row.sum.size, row.sum.count});
  }
  return statistics;
}

StatisticDiffs Snapshot::compare_to(const Snapshot& old, KeyType key_type, bool cumulative) const {
  const engine::UntracedScope untraced_scope;
  const GroupKey key = data_->group_key(key_type, cumulative);
  return StatisticDiffs(SnapshotData::compare(*old.data_, *data_, key));
}

Snapshot Snapshot::filter_traces(std::span<const TraceFilter> filters) const {
  const engine::UntracedScope untraced_scope;
  auto set = data_->shared_set();
  if (!filters.empty()) {
    set = std::make_shared<const FilteredTraceSet>(std::move(set), FilterEvaluation(filters, skip_list()));
  }
  return SnapshotData::make_snapshot(std::move(set), traceback_limit(), skip_list(), data_->recursion());
}

Snapshot Snapshot::born(uint64_t first, uint64_t last) const {
  const engine::UntracedScope untraced_scope;
  const auto is_selected = [&](const BlockRow& block) { return block.born >= first && block.born <= last; };
  return SnapshotData::make_snapshot(std::make_shared<const BlockSubset>(data_->shared_set(), is_selected),
                                     traceback_limit(), skip_list(), data_->recursion());
}

std::vector<ChurnStatistic> Snapshot::churn_since(const Snapshot& old, KeyType key_type, bool cumulative) const {
  const engine::UntracedScope untraced_scope;
  const GroupKey key = data_->group_key(key_type, cumulative);
  const auto generation = data_->set().generation();
  if (&data_->source() != &old.data_->source() || !generation || generation != old.data_->set().generation()) {
    throw std::invalid_argument(
        "churn_since: the snapshots have no common history: they are not of one tracer or reel, or the traces were "
        "cleared in between");
  }
  return churn(old.data_->set().unfiltered(), data_->set(), data_->source().group_tables().table(key, data_->source()));
}

std::vector<SizeBin> Snapshot::size_histogram(SizeBinning binning) const {
  const engine::UntracedScope untraced_scope;
  return histogram_of(data_->set(), binning);
}

Completeness Snapshot::completeness() const {
  return data_->set().completeness();
}

std::vector<std::string> Snapshot::symbol_warnings() const {
  const engine::UntracedScope untraced_scope;
  const TracebackSource& source = data_->source();
  data_->set().for_each_site([&](const SiteRow& site) { source.traceback(site.traceback); });
  return source.warnings();
}

const SkipList& Snapshot::skip_list() const {
  return data_->skip_list();
}

Snapshot Snapshot::with_skip_list(SkipList skip_list) const {
  const engine::UntracedScope untraced_scope;
  return SnapshotData::make_snapshot(data_->shared_set(), traceback_limit(), std::move(skip_list), data_->recursion());
}

}  // namespace heapreel
