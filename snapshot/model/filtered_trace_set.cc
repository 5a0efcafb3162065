#include "snapshot/model/filtered_trace_set.h"

#include <stdexcept>
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
    kept_.add(row.site);
    block_count_ += row.live_blocks;
  });
}

void FilteredTraceSet::for_each_site(function_ref<void(const SiteRow&)> visit) const {
  base_->for_each_site([&](const SiteRow& row) {
    if (kept_.contains(row.site)) visit(row);
  });
}

// Sites without live blocks were not looked at before.
bool FilteredTraceSet::for_each_site_history(function_ref<void(const SiteHistory&)> visit) const {
  const auto source = base_->source();
  return base_->for_each_site_history([&](const SiteHistory& site) {
    const std::string tag = source->tag_name(site.row.tag);
    const auto passes = [&] {
      std::lock_guard lock(mutex_);
      return filters_.keeps({source->traceback(site.row.traceback), site.row.domain, tag});
    };
    if (site.row.live_blocks != 0 ? kept_.contains(site.row.site) : passes()) visit(site);
  });
}

void FilteredTraceSet::for_each_group_history(KeyType key, function_ref<void(const GroupHistory&)> /*visit*/) const {
  throw std::invalid_argument("freed blocks that are grouped by " + std::string(to_string(key)) +
                              " cannot be filtered: ask without filters, or by a key that sites have, such as tag");
}

void FilteredTraceSet::for_each_block(function_ref<void(const BlockRow&)> visit) const {
  base_->for_each_block([&](const BlockRow& row) {
    if (kept_.contains(row.site)) visit(row);
  });
}

bool FilteredTraceSet::for_each_site_difference(
    const TraceSet& old, function_ref<void(uint32_t site, SiteSum before, SiteSum after)> visit) const {
  const auto* other = dynamic_cast<const FilteredTraceSet*>(&old);
  if (other == nullptr) return false;
  SiteSet visited;
  const auto visit_kept = [&](uint32_t site, SiteSum before, SiteSum after) {
    visited.add(site);
    visit(site, other->kept_.contains(site) ? before : SiteSum{}, kept_.contains(site) ? after : SiteSum{});
  };
  const bool known = base_->for_each_site_difference(*other->base_, visit_kept);
  if (!known) return false;
  SiteSet::for_each_in_one(kept_, other->kept_, visited, [&](uint32_t site) {
    const SiteSum sum = base_->site(site).sum();
    if (kept_.contains(site)) {
      visit(site, {}, sum);
    } else {
      visit(site, sum, {});
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
      base_->for_each_site_difference(*other->base_, [&](uint32_t site, SiteSum before, SiteSum after) {
        if ((before.live_blocks != 0) != (after.live_blocks != 0)) one_sided.add(site);
      });
  SiteSet::for_each_in_one(kept_, other->kept_, one_sided, [&](uint32_t) { filters_agree = false; });
  return filters_agree && base_->for_each_block_difference(*other->base_, [&](const BlockRow& row, bool added) {
    if ((added ? kept_ : other->kept_).contains(row.site)) visit(row, added);
  });
}

}  // namespace heapreel
