// Traces given one by one, as Snapshot::from_traces() takes them.
#pragma once

#include <memory>
#include <vector>

#include <heapreel/trace.h>

#include "snapshot/model/trace_set.h"

namespace heapreel {

// Interns the traces' tracebacks and tags, and adds their blocks up into sites. Keeps their order.
class VectorTraceSet : public TraceSet {
 public:
  explicit VectorTraceSet(const std::vector<Trace>& traces);
  ~VectorTraceSet() override;

  std::shared_ptr<const TracebackSource> source() const override;
  void for_each_site(function_ref<void(const SiteRow&)> visit) const override;
  SiteRow site(uint32_t site) const override { return sites_[site]; }
  void for_each_block(function_ref<void(const BlockRow&)> visit) const override;
  uint64_t block_count() const override { return blocks_.size(); }

 private:
  class Source;
  class Interner;

  std::shared_ptr<Source> source_;
  std::vector<SiteRow> sites_;
  std::vector<BlockRow> blocks_;
};

}  // namespace heapreel
