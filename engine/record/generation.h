// What start() and clear_traces() begin anew: ids, the block maps that lead to them, and the store that holds them. The
// maps of one generation never name a block of another one, because a hook uses the maps of the generation that the tag
// of its event falls into.
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
  // The generation before this one, for hooks with an old tag. The consolidator sets it to null when no hook can need
  // it.
  std::atomic<Generation*> previous{nullptr};

  std::atomic<uint32_t> next_page{1};  // record pages never leased yet; page 0 holds id 0, which is no block

  // Sync edges:
  //   [generation.map]  maps: release in make_map (block_maps.cc) -> acquire in map. Carries the zeroed map.
  //                     Map pages are zero because they are fresh or were released.
  std::atomic<BlockMap*> maps[kMaxDomains] = {};

  std::atomic<BlockHashTable*> hash_table{nullptr};  // [generation.map], as maps

  // The dense map of domain 0: [generation.map], as maps. Null where nothing is known of the allocator
  // (size_classes.h).
  std::atomic<DenseMap*> dense{nullptr};
  LargeBlocks large;

  // Makes it as new. The maps stay, emptied, for the next generation in this place. Only when no hook can be using it.
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
  // Null for a domain that was never used, and for a number that is no domain.
  BlockMap* map(DomainIndex domain) const {
    if (domain >= kMaxDomains) [[unlikely]]
      return nullptr;
    // [generation.map] acquire
    return maps[domain].load(std::memory_order_acquire);
  }
};

}  // namespace heapreel::engine
