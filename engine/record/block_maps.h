// Which map of a generation has the entry of an address, and how maps and their regions are made.
#pragma once

#include "engine/record/recorder_state.h"

namespace heapreel::engine {

// The generation's map of a domain, made if need be; null when memory is spent. Any thread.
BlockMap* make_map(Generation* generation, DomainIndex domain);

// Makes the generation's dense map, where the allocator of domain 0 is known. False when memory is spent.
bool make_dense_map(Generation* generation);

// Memory for a region of a block map.
void* take_region();

// Enters a block whose address no granule map covers into the generation's hash table.
[[gnu::noinline, gnu::cold]] bool enter_hashed_block(Recorder* recorder, DomainIndex domain, uintptr_t p, BlockId id,
                                                     BlockId* before);
[[gnu::noinline, gnu::cold]] BlockId leave_hashed_block(Recorder* recorder, DomainIndex domain, uintptr_t p);

inline uint64_t hash_table_patience_ns(const Recorder* recorder) {
  return recorder->is_nested ? BlockHashTable::kNestedPatienceNs : BlockHashTable::kPatienceNs;
}

// To be called when a shard's lock could not be had. The event is not recorded; tracing ends, and the record says so.
[[gnu::cold]] void lose_hashed_blocks();

template <class Visit>
void leave_hashed_blocks(Recorder* recorder, DomainIndex domain, uintptr_t base, size_t bytes, Visit&& visit) {
  BlockHashTable* table = recorder->generation->block_hash_table();
  if (table == nullptr) return;
  const auto outcome = table->remove_range(domain, base, bytes, hash_table_patience_ns(recorder), visit);
  if (outcome == BlockHashTable::Outcome::kStuck) lose_hashed_blocks();
}

}  // namespace heapreel::engine
