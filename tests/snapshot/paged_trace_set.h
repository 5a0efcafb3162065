// A trace set as a tracer freezes them, small: pages of rows, shared between neighbours unless written.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "snapshot/model/trace_set.h"

namespace heapreel::testing {

class PagedSource : public TracebackSource {
 public:
  explicit PagedSource(std::vector<Traceback> tracebacks) : tracebacks_(std::move(tracebacks)) {}

  const Traceback& traceback(uint32_t index) const override { return tracebacks_.at(index); }
  std::string tag_name(uint32_t tag) const override { return tag == 0 ? "" : "tag " + std::to_string(tag); }

 private:
  std::vector<Traceback> tracebacks_;
};

// Site i has traceback i. A slot whose block has address 0 is free.
class PagedTraceSet : public TraceSet {
 public:
  // No blocks yet.
  explicit PagedTraceSet(std::shared_ptr<const PagedSource> source, uint32_t sites, bool tells_differences = true);

  // The set with `block` in that slot, which grows into being; shares every other page. Address 0 frees the
  // slot.
  PagedTraceSet with_block(size_t slot, const BlockRow& block) const;
  // The same for many, each page copied once.
  PagedTraceSet with_blocks(const std::vector<std::pair<size_t, BlockRow>>& blocks) const;

  std::shared_ptr<const TracebackSource> source() const override { return source_; }
  void for_each_site(function_ref<void(const SiteRow&)> visit) const override;
  SiteRow site(uint32_t site) const override { return (*site_pages_[site / kPage])[site % kPage]; }
  void for_each_block(function_ref<void(const BlockRow&)> visit) const override;
  uint64_t block_count() const override { return block_count_; }
  bool for_each_site_difference(const TraceSet& old,
                                function_ref<void(uint32_t site, SiteSum before, SiteSum after)> visit) const override;
  bool for_each_block_difference(const TraceSet& old,
                                 function_ref<void(const BlockRow& row, bool added)> visit) const override;

 private:
  static constexpr size_t kPage = 64;
  template <typename Row>
  using Pages = std::vector<std::shared_ptr<const std::vector<Row>>>;

  std::shared_ptr<const PagedSource> source_;
  uint32_t sites_;
  bool tells_differences_;
  Pages<SiteRow> site_pages_;
  Pages<BlockRow> block_pages_;
  uint64_t block_count_ = 0;
};

}  // namespace heapreel::testing
