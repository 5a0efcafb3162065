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
    kept_.add(row.site);
    block_count_ += row.live_blocks;
  });
}

void FilteredTraceSet::for_each_site(function_ref<void(const SiteRow&)> visit) const {
  base_->for_each_site([&](const SiteRow& row) {
    if (kept_.contains(row.site)) visit(row);
  });
}

void FilteredTraceSet::for_each_block(function_ref<void(const BlockRow&)> visit) const {
  base_->for_each_block([&](const BlockRow& row) {
    if (kept_.contains(row.site)) visit(row);
  });
}

bool FilteredTraceSet::for_each_site_difference(
    const TraceSet& old, function_ref<void(const SiteRow* old_row, const SiteRow* new_row)> visit) const {
  const auto* other = dynamic_cast<const FilteredTraceSet*>(&old);
  if (other == nullptr) return false;
  SiteSet visited;
  const bool known =
      base_->for_each_site_difference(*other->base_, [&](const SiteRow* old_row, const SiteRow* new_row) {
        const uint32_t site = (new_row ? new_row : old_row)->site;
        visited.add(site);
        const SiteRow* kept_old = old_row && other->kept_.contains(site) ? old_row : nullptr;
        const SiteRow* kept_new = new_row && kept_.contains(site) ? new_row : nullptr;
        if (kept_old || kept_new) visit(kept_old, kept_new);
      });
  if (!known) return false;
  SiteSet::for_each_in_one(kept_, other->kept_, visited, [&](uint32_t site) {
    const SiteRow row = base_->site(site);
    if (kept_.contains(site)) {
      visit(nullptr, &row);
    } else {
      visit(&row, nullptr);
    }
  });
  return true;
}

bool FilteredTraceSet::for_each_block_difference(const TraceSet& old,
                                                 function_ref<void(const BlockRow& row, bool added)> visit) const {
  const auto* other = dynamic_cast<const FilteredTraceSet*>(&old);
  if (other == nullptr) return false;
  SiteSet one_sided;  // sites with blocks in one of the unfiltered sets
  bool filters_agree =
      base_->for_each_site_difference(*other->base_, [&](const SiteRow* old_row, const SiteRow* new_row) {
        const bool in_old = old_row && old_row->live_blocks != 0;
        const bool in_new = new_row && new_row->live_blocks != 0;
        if (in_old != in_new) one_sided.add((new_row ? new_row : old_row)->site);
      });
  SiteSet::for_each_in_one(kept_, other->kept_, one_sided, [&](uint32_t) { filters_agree = false; });
  return filters_agree && base_->for_each_block_difference(*other->base_, [&](const BlockRow& row, bool added) {
    if ((added ? kept_ : other->kept_).contains(row.site)) visit(row, added);
  });
}

}  // namespace heapreel
