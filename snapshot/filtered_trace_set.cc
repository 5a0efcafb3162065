#include "snapshot/filtered_trace_set.h"

#include <string>
#include <utility>

namespace heapreel {

FilteredTraceSet::FilteredTraceSet(std::shared_ptr<const TraceSet> base, FilterEvaluation filters)
    : base_(std::move(base)), filters_(std::move(filters)) {
  const auto source = base_->source();
  base_->for_each_site([&](const SiteRow& row) {
    if (row.live_blocks == 0) return;  // spares resolving its traceback
    const std::string tag = source->tag_name(row.tag);
    if (!filters_.keeps({source->traceback(row.traceback), row.domain, tag})) return;
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

// Sites whose blocks are all gone were not looked at before.
bool FilteredTraceSet::for_each_site_history(function_ref<void(const SiteHistory&)> visit) const {
  const auto source = base_->source();
  return base_->for_each_site_history([&](const SiteHistory& site) {
    const std::string tag = source->tag_name(site.row.tag);
    const auto passes = [&] {
      std::lock_guard lock(mutex_);
      return filters_.keeps({source->traceback(site.row.traceback), site.row.domain, tag});
    };
    if (site.row.live_blocks != 0 ? is_kept(site.row.site) : passes()) visit(site);
  });
}

void FilteredTraceSet::for_each_block(function_ref<void(const BlockRow&)> visit) const {
  base_->for_each_block([&](const BlockRow& row) {
    if (is_kept(row.site)) visit(row);
  });
}

}  // namespace heapreel
