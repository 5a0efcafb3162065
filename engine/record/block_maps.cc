#include "engine/record/block_maps.h"

#include "engine/record/recording_end.h"
#include "engine/record/recording_state.h"

namespace heapreel::engine {

namespace {

static_assert(DenseMap::kChunkBytes == BlockMap::kRegionBytes, "both take what take_region gives");

BlockHashTable* make_block_hash_table(Generation* generation) {
  auto* fresh = Arena::make<BlockHashTable>();
  if (fresh == nullptr) return nullptr;
  BlockHashTable* seen = nullptr;
  // [generation.map] release; acquire when another thread was first
  if (generation->hash_table.compare_exchange_strong(seen, fresh, std::memory_order_acq_rel,
                                                     std::memory_order_acquire)) {
    return fresh;
  }
  return seen;
}

}  // namespace

BlockMap* make_map(Generation* generation, DomainIndex domain) {
  if (BlockMap* known = generation->map(domain); known != nullptr) return known;
  auto* fresh = static_cast<BlockMap*>(Arena::reserve(sizeof(BlockMap)));
  if (fresh == nullptr) return nullptr;
  BlockMap* seen = nullptr;
  // [generation.map] release; acquire when another thread was first
  if (generation->maps[domain].compare_exchange_strong(seen, fresh, std::memory_order_acq_rel,
                                                       std::memory_order_acquire)) {
    return fresh;
  }
  return seen;
}

bool make_dense_map(Generation* generation) {
  if (!describes_allocator() || generation->dense_map() != nullptr) return true;
  auto* fresh = Arena::zeroed<DenseMap>();
  if (fresh == nullptr) return false;
  DenseMap* seen = nullptr;
  // [generation.map] release; acquire when another thread was first
  generation->dense.compare_exchange_strong(seen, fresh, std::memory_order_acq_rel, std::memory_order_acquire);
  return true;
}

bool enter_hashed_block(Recorder* recorder, DomainIndex domain, uintptr_t p, BlockId id, BlockId* before) {
  Generation* generation = recorder->generation;
  if (domain >= kMaxDomains) return false;
  if (BlockMap::covers(p)) {
    const auto* entry = g_recording->domains->at(domain);
    const bool fine = entry != nullptr && entry->number < (1u << BlockMap::kGranuleBits);
    if (!fine) {
      BlockMap* map = make_map(generation, domain);
      BlockMap::Entry* place = map == nullptr ? nullptr : map->find_or_map(p, take_region);
      if (place == nullptr) return false;
      // relaxed: between allocation and free of `p` only its owner touches the entry (block_map.h)
      *before = place->exchange(id, std::memory_order_relaxed);
      return true;
    }
  }
  BlockHashTable* table = generation->block_hash_table();
  if (table == nullptr) table = make_block_hash_table(generation);
  if (table == nullptr) return false;
  const BlockHashTable::Outcome outcome = table->put(domain, p, id, before, hash_table_patience_ns(recorder));
  if (outcome == BlockHashTable::Outcome::kStuck) lose_hashed_blocks();
  return outcome == BlockHashTable::Outcome::kDone;
}

BlockId leave_hashed_block(Recorder* recorder, DomainIndex domain, uintptr_t p) {
  BlockHashTable* table = recorder->generation->block_hash_table();
  BlockId id = 0;
  if (table != nullptr &&
      table->remove(domain, p, &id, hash_table_patience_ns(recorder)) == BlockHashTable::Outcome::kStuck) {
    lose_hashed_blocks();
  }
  return id;
}

void lose_hashed_blocks() {
  count_unrecorded();
  end_tracing(EndReason::kStuck);
}

void* take_region() {
  void* region = nullptr;
  if (g_recording->spare_regions->take(region)) return region;
  return Arena::reserve(BlockMap::kRegionBytes);
}

}  // namespace heapreel::engine
