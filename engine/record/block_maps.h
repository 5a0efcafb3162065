// Which map of the generation has the word for an address, and how maps and their regions are made.
#pragma once

#include "engine/record/recorder_state.h"

namespace heapreel::engine {

// The generation's map of that domain, made if need be; null when memory is spent. Any thread.
BlockMap* make_map(Generation* generation, DomainIndex domain);

// Sees to it that the generation has a dense map where the allocator of domain 0 is known. False when memory is spent.
bool make_dense_map(Generation* generation);

// Memory for a region of a block map.
void* take_region();

// Where no granule map covers the address: the hash table of the generation.
[[gnu::noinline, gnu::cold]] bool enter_hashed_block(Recorder* recorder, DomainIndex domain, uintptr_t p, BlockId id,
                                                     BlockId* before);
[[gnu::noinline, gnu::cold]] BlockId leave_hashed_block(Recorder* recorder, DomainIndex domain, uintptr_t p);

inline uint64_t hash_table_patience_ns(const Recorder* recorder) {
  return recorder->is_nested ? BlockHashTable::kNestedPatienceNs : BlockHashTable::kPatienceNs;
}

// A shard's lock could not be had: what was to be recorded is not, and tracing ends, marked.
[[gnu::cold]] void lose_hashed_blocks();

template <class Visit>
void leave_hashed_blocks(Recorder* recorder, DomainIndex domain, uintptr_t base, size_t bytes, Visit&& visit) {
  BlockHashTable* table = recorder->generation->block_hash_table();
  if (table == nullptr) return;
  const auto outcome = table->remove_range(domain, base, bytes, hash_table_patience_ns(recorder), visit);
  if (outcome == BlockHashTable::Outcome::kStuck) lose_hashed_blocks();
}

}  // namespace heapreel::engine
