// A tracer's or a reel's traces under names that a test chooses, for stacks whose code does not exist.
#pragma once

#include <memory>
#include <utility>

#include "snapshot/model/trace_set.h"

namespace heapreel::testing {

class NamedTraceSet : public TraceSet {
 public:
  NamedTraceSet(std::shared_ptr<const TraceSet> traces, std::shared_ptr<const TracebackSource> names)
      : traces_(std::move(traces)), names_(std::move(names)) {}

  std::shared_ptr<const TracebackSource> source() const override { return names_; }
  void for_each_site(function_ref<void(const SiteRow&)> visit) const override { traces_->for_each_site(visit); }
  SiteRow site(uint32_t site) const override { return traces_->site(site); }
  void for_each_block(function_ref<void(const BlockRow&)> visit) const override { traces_->for_each_block(visit); }
  uint64_t block_count() const override { return traces_->block_count(); }
  uint64_t game_frame() const override { return traces_->game_frame(); }
  bool for_each_site_difference(const TraceSet& old,
                                function_ref<void(uint32_t site, SiteSum before, SiteSum after)> visit) const override {
    const auto* other = dynamic_cast<const NamedTraceSet*>(&old);
    return other != nullptr && traces_->for_each_site_difference(*other->traces_, visit);
  }
  bool for_each_block_difference(const TraceSet& old,
                                 function_ref<void(const BlockRow& row, bool added)> visit) const override {
    const auto* other = dynamic_cast<const NamedTraceSet*>(&old);
    return other != nullptr && traces_->for_each_block_difference(*other->traces_, visit);
  }

 private:
  const std::shared_ptr<const TraceSet> traces_;
  const std::shared_ptr<const TracebackSource> names_;
};

}  // namespace heapreel::testing
