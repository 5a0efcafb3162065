// Included by frozen_traces.h: which blocks two frozen states do not share.
#pragma once

#include <cstring>

#include "engine/store/frozen_traces.h"

namespace heapreel::engine {

// Blocks of one group of 64: those in `bits` are visited with their records in `page`.
template <class Visit>
void visit_blocks(const RecordPage* page, BlockId first, uint64_t bits, Visit& visit) {
  for (; bits != 0; bits &= bits - 1) {
    const BlockId id = first + static_cast<BlockId>(std::countr_zero(bits));
    visit(id, page->records[id % kBlocksPerPage]);
  }
}

template <class Died, class Born>
void FrozenTraces::for_each_block_difference(const FrozenTraces& before, const FrozenTraces& after, Died&& died,
                                             Born&& born) {
  static constexpr LiveChunk kNothing = {};
  // A group of 64 is settled by its live bits, and where both states have a block, by the two records.
  const auto compare = [&](BlockId first, uint64_t old_bits, uint64_t new_bits, const RecordPage* old_page,
                           const RecordPage* new_page) {
    uint64_t changed = 0;
    if (old_page != new_page) {
      for (uint64_t both = old_bits & new_bits; both != 0; both &= both - 1) {
        const uint32_t slot = (first + static_cast<BlockId>(std::countr_zero(both))) % kBlocksPerPage;
        if (std::memcmp(&old_page->records[slot], &new_page->records[slot], sizeof(Record)) != 0)
          changed |= both & -both;
      }
    }
    visit_blocks(old_page, first, (old_bits & ~new_bits) | changed, died);
    visit_blocks(new_page, first, (new_bits & ~old_bits) | changed, born);
  };

  // Pages whose records differ are compared whole; elsewhere only the bits of differing chunks are.
  FrozenArray<RecordPage>::for_each_difference(
      before.records, after.records, [&](uint32_t page, const RecordPage* old_page, const RecordPage* new_page) {
        const BlockId first = page << kPageShift;
        const LiveChunk* old_live = before.live.page(first >> LiveChunk::kShift);
        const LiveChunk* new_live = after.live.page(first >> LiveChunk::kShift);
        for (uint32_t half = 0; half < kBlocksPerPage / 64; ++half) {
          const uint32_t word = first / 64 % 8 + half;
          compare(first + half * 64, old_page == nullptr || old_live == nullptr ? 0 : old_live->bits[word],
                  new_page == nullptr || new_live == nullptr ? 0 : new_live->bits[word], old_page, new_page);
        }
      });
  FrozenArray<LiveChunk>::for_each_difference(
      before.live, after.live, [&](uint32_t chunk, const LiveChunk* old_live, const LiveChunk* new_live) {
        if (old_live == nullptr) old_live = &kNothing;
        if (new_live == nullptr) new_live = &kNothing;
        for (uint32_t word = 0; word < LiveChunk::kBlocks / 64; ++word) {
          if (old_live->bits[word] == new_live->bits[word]) continue;
          const BlockId first = chunk * LiveChunk::kBlocks + word * 64;
          const RecordPage* old_page = before.records.page(first >> kPageShift);
          const RecordPage* new_page = after.records.page(first >> kPageShift);
          if (old_page == new_page) compare(first, old_live->bits[word], new_live->bits[word], old_page, new_page);
        }
      });
}

}  // namespace heapreel::engine
