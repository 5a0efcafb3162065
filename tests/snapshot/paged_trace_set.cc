#include "tests/snapshot/paged_trace_set.h"

#include <algorithm>
#include <map>

namespace heapreel::testing {
namespace {

// Pages being written: each is copied at its first write.
template <typename Pages, typename Row, size_t kPage>
class PageWriter {
 public:
  explicit PageWriter(Pages& pages) : pages_(pages) {}

  Row& operator[](size_t slot) {
    const size_t page = slot / kPage;
    auto& copy = copies_[page];
    if (!copy) {
      while (pages_.size() <= page) pages_.push_back(std::make_shared<const std::vector<Row>>(kPage));
      copy = std::make_shared<std::vector<Row>>(*pages_[page]);
      pages_[page] = copy;
    }
    return (*copy)[slot % kPage];
  }

 private:
  Pages& pages_;
  std::map<size_t, std::shared_ptr<std::vector<Row>>> copies_;
};

}  // namespace

PagedTraceSet::PagedTraceSet(std::shared_ptr<const PagedSource> source, uint32_t sites, bool tells_differences)
    : source_(std::move(source)), sites_(sites), tells_differences_(tells_differences) {
  PageWriter<Pages<SiteRow>, SiteRow, kPage> rows(site_pages_);
  for (uint32_t site = 0; site < sites; ++site) rows[site] = {site, 0, site % 3, site, 0, 0};
}

PagedTraceSet PagedTraceSet::with_block(size_t slot, const BlockRow& block) const {
  return with_blocks({{slot, block}});
}

PagedTraceSet PagedTraceSet::with_blocks(const std::vector<std::pair<size_t, BlockRow>>& blocks) const {
  PagedTraceSet next = *this;
  PageWriter<Pages<SiteRow>, SiteRow, kPage> sites(next.site_pages_);
  PageWriter<Pages<BlockRow>, BlockRow, kPage> slots(next.block_pages_);
  for (const auto& [slot, block] : blocks) {
    BlockRow& row = slots[slot];
    if (row.address != 0) {
      --sites[row.site].live_blocks;
      sites[row.site].live_bytes -= row.size;
      --next.block_count_;
    }
    row = block;
    if (block.address != 0) {
      ++sites[block.site].live_blocks;
      sites[block.site].live_bytes += block.size;
      ++next.block_count_;
    }
  }
  return next;
}

void PagedTraceSet::for_each_site(function_ref<void(const SiteRow&)> visit) const {
  for (uint32_t i = 0; i < sites_; ++i) visit(site(i));
}

void PagedTraceSet::for_each_block(function_ref<void(const BlockRow&)> visit) const {
  for (const auto& page : block_pages_) {
    for (const BlockRow& row : *page) {
      if (row.address != 0) visit(row);
    }
  }
}

bool PagedTraceSet::for_each_site_difference(
    const TraceSet& old, function_ref<void(uint32_t site, SiteSum before, SiteSum after)> visit) const {
  const auto* other = dynamic_cast<const PagedTraceSet*>(&old);
  if (!tells_differences_ || !other || other->source_ != source_) return false;
  for (size_t page = 0; page < site_pages_.size(); ++page) {
    if (site_pages_[page] == other->site_pages_[page]) continue;
    const size_t rows = std::min(kPage, sites_ - page * kPage);
    for (size_t i = 0; i < rows; ++i) {
      const SiteRow& row = (*site_pages_[page])[i];
      visit(row.site, (*other->site_pages_[page])[i].sum(), row.sum());
    }
  }
  return true;
}

bool PagedTraceSet::for_each_block_difference(const TraceSet& old,
                                              function_ref<void(const BlockRow& row, bool added)> visit) const {
  const auto* other = dynamic_cast<const PagedTraceSet*>(&old);
  if (!tells_differences_ || !other || other->source_ != source_) return false;
  const auto visit_page = [&](const PagedTraceSet& set, size_t page, bool added) {
    if (page >= set.block_pages_.size()) return;
    for (const BlockRow& row : *set.block_pages_[page]) {
      if (row.address != 0) visit(row, added);
    }
  };
  for (size_t page = 0; page < std::max(block_pages_.size(), other->block_pages_.size()); ++page) {
    const bool in_both = page < block_pages_.size() && page < other->block_pages_.size();
    if (in_both && block_pages_[page] == other->block_pages_[page]) continue;
    visit_page(*other, page, false);
    visit_page(*this, page, true);
  }
  return true;
}

}  // namespace heapreel::testing
