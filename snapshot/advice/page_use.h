// How full the allocator's pages are, from the addresses of blocks.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "snapshot/advice/heap_advice.h"
#include "snapshot/model/trace_set.h"

namespace heapreel {

// One thread.
class PageUse {
 public:
  void add(const BlockRow& block, uint32_t game_frame);
  void remove(const BlockRow& block);
  // Notes how full each page is, as the sample of this number.
  void sample(size_t number);

  // Reports the pages that hold blocks, and lists the sparse ones: at most a quarter full now, and at least half full
  // once.
  void report(const RecordedBlocks& blocks, const ReelTables& tables, HeapAdvice& advice) const;

 private:
  struct Page {
    uint64_t blocks = 0;
    uint64_t bytes = 0;
    uint64_t most_bytes = 0;
    uint32_t most_game_frame = 0;
    std::array<uint64_t, SparsePage::kSamples> bytes_at{};
  };
  static bool is_sparse(const Page& page) {
    return page.blocks != 0 && page.bytes * 4 <= HeapAdvice::kPageBytes &&
           page.most_bytes * 2 >= HeapAdvice::kPageBytes;
  }

  std::unordered_map<uint64_t, Page> pages_;  // by address / kPageBytes
};

}  // namespace heapreel
