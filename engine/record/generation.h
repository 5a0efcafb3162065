// What start() and clear_traces() begin anew: ids, the block maps that name them, and the store that holds them.
// Entries of one generation's maps never name a block of another, because a hook uses the maps of the generation
// that its event's tag falls into.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/record/block_hash_table.h"
#include "engine/record/block_map.h"
#include "engine/record/dense_map.h"
#include "engine/record/large_blocks.h"
#include "engine/ring/event.h"

namespace heapreel::engine {

struct Generation {
  // relaxed everywhere: settled before the epoch that it names; [epoch.tag] carries it to whoever has such a tag.
  std::atomic<uint64_t> first_tag{0};  // events tagged less belong to `previous` or an earlier one
  uint32_t number = 0;
  uint32_t traceback_limit = 0;
  // Null when no hook can need it any more: written by the consolidator then, read by hooks with an old tag before.
  std::atomic<Generation*> previous{nullptr};

  std::atomic<uint32_t> next_page{1};  // record pages never leased yet; page 0 holds id 0, which is no block

  // Sync edges:
  //   [generation.map]  maps: release in make_map (block_maps.cc) -> acquire in map. Carries the zeroed map.
  //                     Map pages are zero because they are fresh or were released.
  std::atomic<BlockMap*> maps[kMaxDomains] = {};

  std::atomic<BlockHashTable*> hash_table{nullptr};  // [generation.map], as maps

  // Of domain 0: [generation.map], as maps. Null where nothing is known of the allocator (size_classes.h).
  std::atomic<DenseMap*> dense{nullptr};
  LargeBlocks large;

  // As new, but for the maps, which the next generation in this place finds empty. Only when no hook can be using it.
  void become_spare() {
    // relaxed, all of it: [state.generation] publishes it when it is opened again
    first_tag.store(0, std::memory_order_relaxed);
    // relaxed: as above
    previous.store(nullptr, std::memory_order_relaxed);
    // relaxed: as above
    next_page.store(1, std::memory_order_relaxed);
  }

  BlockHashTable* block_hash_table() const {
    // [generation.map] acquire
    return hash_table.load(std::memory_order_acquire);
  }
  DenseMap* dense_map() const {
    // [generation.map] acquire
    return dense.load(std::memory_order_acquire);
  }
  // Null for a domain that was never used, or is none.
  BlockMap* map(DomainIndex domain) const {
    if (domain >= kMaxDomains) [[unlikely]]
      return nullptr;
    // [generation.map] acquire
    return maps[domain].load(std::memory_order_acquire);
  }
};

}  // namespace heapreel::engine
