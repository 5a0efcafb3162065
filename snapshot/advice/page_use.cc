#include "snapshot/advice/page_use.h"

#include <algorithm>
#include <map>

#include "snapshot/statistics/size_bins.h"

namespace heapreel {
namespace {

bool is_paged(const BlockRow& block) {
  return block.size <= HeapAdvice::kMostPagedBlock;
}

}  // namespace

void PageUse::add(const BlockRow& block, uint32_t game_frame) {
  if (!is_paged(block)) return;
  Page& page = pages_[block.address / HeapAdvice::kPageBytes];
  ++page.blocks;
  page.bytes += mimalloc_block_bytes(block.size);
  if (page.bytes <= page.most_bytes) return;
  page.most_bytes = page.bytes;
  page.most_game_frame = game_frame;
}

void PageUse::remove(const BlockRow& block) {
  if (!is_paged(block)) return;
  Page& page = pages_[block.address / HeapAdvice::kPageBytes];
  --page.blocks;
  page.bytes -= mimalloc_block_bytes(block.size);
}

void PageUse::sample(size_t number) {
  for (auto& [address, page] : pages_) page.bytes_at[number] = page.bytes;
}

void PageUse::report(const RecordedBlocks& blocks, const ReelTables& tables, HeapAdvice& advice) const {
  std::map<uint64_t, SparsePage> sparse;
  for (const auto& [number, page] : pages_) {
    advice.pages += page.blocks != 0 ? 1 : 0;
    if (!is_sparse(page)) continue;
    sparse[number] = {.address = number * HeapAdvice::kPageBytes,
                      .blocks = page.blocks,
                      .bytes = page.bytes,
                      .most_bytes = page.most_bytes,
                      .most_game_frame = page.most_game_frame,
                      .bytes_at = page.bytes_at,
                      .sites = {}};
  }
  std::map<uint32_t, PinningSite> pinning;
  blocks.for_each([&](engine::BlockId, const BlockRow& block) {
    if (!is_paged(block) || tables.site(block.site).domain != 0) return;
    const auto page = sparse.find(block.address / HeapAdvice::kPageBytes);
    if (page == sparse.end()) return;
    PinningSite& site =
        pinning.try_emplace(block.site, PinningSite{.site = block.site, .oldest = block.born}).first->second;
    ++site.blocks;
    site.bytes += block.size;
    site.oldest = std::min(site.oldest, block.born);
    if (std::ranges::find(page->second.sites, block.site) == page->second.sites.end()) {
      page->second.sites.push_back(block.site);
    }
  });
  for (auto& [number, page] : sparse) {
    std::ranges::sort(page.sites);
    for (const uint32_t site : page.sites) {
      ++pinning[site].pages;
      pinning[site].pages_alone += page.sites.size() == 1 ? 1 : 0;
    }
    advice.sparse.push_back(page);
  }
  std::ranges::stable_sort(advice.sparse, {}, &SparsePage::bytes);
  for (const auto& [number, site] : pinning) advice.pinning.push_back(site);
  std::ranges::stable_sort(advice.pinning, std::ranges::greater(), &PinningSite::pages);
}

}  // namespace heapreel
