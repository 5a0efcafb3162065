#include "engine/record/block_hash_table.h"

#include <cstring>
#include <utility>

namespace heapreel::engine {

namespace {
constexpr int kShardBits = 6;
}

// The slot that has the key, or else the unused one where the key belongs.
BlockHashTable::Slot* BlockHashTable::find(const Shard& shard, uint64_t hash, DomainIndex domain, uintptr_t p) {
  for (uint64_t at = hash >> 20;; ++at) {
    Slot& slot = shard.slots[at & (shard.capacity - 1)];
    if (slot.used == 0 || (slot.address == p && slot.domain == domain)) return &slot;
  }
}

bool BlockHashTable::grow(Shard& shard) {
  uint32_t live = 0;
  for (uint32_t at = 0; at < shard.capacity; ++at) live += shard.slots[at].id != 0 ? 1 : 0;
  uint32_t capacity = kFirstCapacity;
  while (capacity < live * 4) capacity *= 2;

  Slot* slots = shard.spare;
  if (capacity <= shard.spare_capacity) {
    capacity = shard.spare_capacity;
    std::memset(slots, 0, capacity * sizeof(Slot));
  } else {
    slots = static_cast<Slot*>(Arena::allocate(capacity * sizeof(Slot)));
    if (slots == nullptr) return false;
  }
  shard.spare = shard.slots;
  shard.spare_capacity = shard.capacity;
  shard.slots = slots;
  shard.capacity = capacity;
  shard.used = live;
  for (uint32_t at = 0; at < shard.spare_capacity; ++at) {
    const Slot& slot = shard.spare[at];
    if (slot.id != 0) *find(shard, hash_of(slot.domain, slot.address), slot.domain, slot.address) = slot;
  }
  return true;
}

BlockHashTable::Outcome BlockHashTable::put(DomainIndex domain, uintptr_t p, BlockId id, BlockId* before,
                                            uint64_t patience_ns) {
  const uint64_t hash = hash_of(domain, p);
  Shard& shard = shards_[hash >> (64 - kShardBits)];
  FutexLockGuard guard(shard.lock, patience_ns);
  if (!guard.held()) return Outcome::kStuck;
  if (shard.used * 2 >= shard.capacity && !grow(shard)) return Outcome::kSpent;
  Slot* slot = find(shard, hash, domain, p);
  if (slot->used == 0) ++shard.used;
  *before = slot->id;
  *slot = {.address = p, .domain = domain, .id = id, .used = 1, .unused = 0};
  return Outcome::kDone;
}

bool BlockHashTable::clear() {
  for (Shard& shard : shards_) {
    Slot* const slots = shard.slots;
    const uint32_t capacity = shard.capacity;
    if (shard.used != 0 && !Arena::holds(slots, capacity)) return false;
    if (shard.used != 0) std::memset(slots, 0, capacity * sizeof(Slot));
    shard.used = 0;
  }
  return true;
}

BlockHashTable::Outcome BlockHashTable::remove(DomainIndex domain, uintptr_t p, BlockId* id, uint64_t patience_ns) {
  *id = 0;
  const uint64_t hash = hash_of(domain, p);
  Shard& shard = shards_[hash >> (64 - kShardBits)];
  FutexLockGuard guard(shard.lock, patience_ns);
  if (!guard.held()) return Outcome::kStuck;
  if (shard.capacity == 0) return Outcome::kDone;
  Slot* slot = find(shard, hash, domain, p);
  if (slot->used != 0) *id = std::exchange(slot->id, 0);
  return Outcome::kDone;
}

}  // namespace heapreel::engine
