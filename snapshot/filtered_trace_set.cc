#include "snapshot/filtered_trace_set.h"

#include <string>
#include <utility>

namespace heapreel {

FilteredTraceSet::FilteredTraceSet(std::shared_ptr<const TraceSet> base, FilterEvaluation filters)
    : base_(std::move(base)) {
  const auto source = base_->source();
  base_->for_each_site([&](const SiteRow& row) {
    if (row.live_blocks == 0) return;  // spares resolving its traceback
    const std::string tag = source->tag_name(row.tag);
    if (!filters.keeps({source->traceback(row.traceback), row.domain, tag})) return;
    if (kept_.size() <= row.site) kept_.resize(size_t{row.site} + 1);
    kept_[row.site] = true;
    block_count_ += row.live_blocks;
  });
}

void FilteredTraceSet::for_each_site(function_ref<void(const SiteRow&)> visit) const {
  base_->for_each_site([&](const SiteRow& row) {
    if (is_kept(row.site)) visit(row);
  });
}

void FilteredTraceSet::for_each_block(function_ref<void(const BlockRow&)> visit) const {
  base_->for_each_block([&](const BlockRow& row) {
    if (is_kept(row.site)) visit(row);
  });
}

}  // namespace heapreel
