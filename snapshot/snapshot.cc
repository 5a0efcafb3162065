#include <heapreel/snapshot.h>

#include <utility>

#include "engine/tracer.h"
#include "snapshot/comparison.h"
#include "snapshot/filtered_trace_set.h"
#include "snapshot/snapshot_data.h"
#include "snapshot/vector_trace_set.h"

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
  const engine::OwnWork own_work;
  const auto grouping = data_->grouping(GroupKey(key_type, cumulative, skip_list()));
  std::vector<Statistic> statistics;
  const auto groups = grouping->merged();
  statistics.reserve(groups->rows().size());
  for (const GroupRow& row : groups->rows()) {
    statistics.push_back({GroupTracebacks::copy(grouping->tracebacks(), *row.traceback), row.sum.size, row.sum.count});
  }
  return statistics;
}

StatisticDiffs Snapshot::compare_to(const Snapshot& old, KeyType key_type, bool cumulative) const {
  const engine::OwnWork own_work;
  const GroupKey key(key_type, cumulative, skip_list());
  return StatisticDiffs(std::make_shared<const Comparison>(SnapshotData::compare(*old.data_, *data_, key)));
}

Snapshot Snapshot::filter_traces(std::span<const TraceFilter> filters) const {
  const engine::OwnWork own_work;
  auto set = data_->shared_set();
  if (!filters.empty()) {
    set = std::make_shared<const FilteredTraceSet>(std::move(set), FilterEvaluation(filters, skip_list()));
  }
  return SnapshotData::make_snapshot(std::move(set), traceback_limit(), skip_list());
}

const SkipList& Snapshot::skip_list() const {
  return data_->skip_list();
}

Snapshot Snapshot::with_skip_list(SkipList skip_list) const {
  const engine::OwnWork own_work;
  return SnapshotData::make_snapshot(data_->shared_set(), traceback_limit(), std::move(skip_list));
}

}  // namespace heapreel
