// A part of another set: the sites that passed a list of filters.
#pragma once

#include <memory>
#include <mutex>

#include "snapshot/model/filter_evaluation.h"
#include "snapshot/model/site_set.h"
#include "snapshot/model/trace_set.h"

namespace heapreel {

// Copies no blocks. Either all blocks of a site pass a filter or none does, so that one bit for each site is enough.
class FilteredTraceSet : public TraceSet {
 public:
  FilteredTraceSet(std::shared_ptr<const TraceSet> base, FilterEvaluation filters);

  std::shared_ptr<const TracebackSource> source() const override { return base_->source(); }
  void for_each_site(function_ref<void(const SiteRow&)> visit) const override;
  SiteRow site(uint32_t site) const override { return base_->site(site); }
  void for_each_block(function_ref<void(const BlockRow&)> visit) const override;
  uint64_t block_count() const override { return block_count_; }
  uint64_t game_frame() const override { return base_->game_frame(); }
  std::optional<uint32_t> generation() const override { return base_->generation(); }
  bool for_each_site_history(function_ref<void(const SiteHistory&)> visit) const override;
  // It is not known what each thread or size class did at which site.
  std::map<uint32_t, engine::CrossThreadFrees> cross_thread_frees() const override {
    return base_->cross_thread_frees();
  }
  std::optional<std::map<uint32_t, engine::DomainPeak>> domain_peaks() const override { return base_->domain_peaks(); }
  void for_each_group_history(KeyType key, function_ref<void(const GroupHistory&)> visit) const override;
  const TraceSet& unfiltered() const override { return base_->unfiltered(); }
  Completeness completeness() const override { return base_->completeness(); }

  // Looks at what differs between the unfiltered sets, and between the sites that the filters keep.
  bool for_each_site_difference(const TraceSet& old,
                                function_ref<void(uint32_t site, SiteSum before, SiteSum after)> visit) const override;
  // Answers only when the filters agree on every site that is in both sets: what another filter lets through in
  // addition did not change.
  bool for_each_block_difference(const TraceSet& old,
                                 function_ref<void(const BlockRow& row, bool added)> visit) const override;

 private:
  const std::shared_ptr<const TraceSet> base_;
  mutable std::mutex mutex_;
  mutable FilterEvaluation filters_;  // guarded by mutex_
  SiteSet kept_;                      // only sites that have blocks
  uint64_t block_count_ = 0;
};

}  // namespace heapreel
