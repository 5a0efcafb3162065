// Included by frozen_traces.h: which blocks two frozen states do not share.
#pragma once

#include <cstring>

#include "engine/store/frozen_traces.h"

namespace heapreel::engine {

// Visits blocks in their order, but each of them a little later, because their records lie anywhere in memory and are
// prefetched meanwhile.
template <class Died, class Born>
class BlockVisits {
 public:
  BlockVisits(Died& died, Born& born) : died_(died), born_(born) {}

  // Adds the blocks in `bits`, of one group of 64, whose records are in `page`.
  void add(const RecordPage* page, BlockId first, uint64_t bits, bool are_born) {
    for (; bits != 0; bits &= bits - 1) {
      const BlockId id = first + static_cast<BlockId>(std::countr_zero(bits));
      const Record& record = page->records[id % kBlocksPerPage];
      __builtin_prefetch(&record);
      Visit& place = waiting_[added_++ % kWaiting];
      if (added_ > kWaiting) visit(place);
      place = {&record, id, are_born};
    }
  }

  void finish() {
    for (uint32_t i = added_ > kWaiting ? added_ - kWaiting : 0; i < added_; ++i) visit(waiting_[i % kWaiting]);
  }

 private:
  struct Visit {
    const Record* record;
    BlockId id;
    bool is_born;
  };
  static constexpr uint32_t kWaiting = 32;

  void visit(const Visit& block) {
    if (block.is_born) {
      born_(block.id, *block.record);
    } else {
      died_(block.id, *block.record);
    }
  }

  Died& died_;
  Born& born_;
  uint32_t added_ = 0;
  Visit waiting_[kWaiting];
};

template <class Died, class Born>
void FrozenTraces::for_each_block_difference(const FrozenTraces& before, const FrozenTraces& after, Died&& died,
                                             Born&& born) {
  static constexpr LiveChunk kNothing = {};
  BlockVisits visits(died, born);
  // A group of 64 blocks is compared by its live bits and, where both states have a block, by the two records.
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
    visits.add(old_page, first, (old_bits & ~new_bits) | changed, false);
    visits.add(new_page, first, (new_bits & ~old_bits) | changed, true);
  };

  // Pages whose records differ are compared as a whole; elsewhere only the bits of differing chunks are compared.
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
  visits.finish();
}

}  // namespace heapreel::engine
