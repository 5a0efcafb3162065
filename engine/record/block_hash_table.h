// Address -> BlockId for blocks that no granule map covers: domains of finer than 16-byte alignment, and addresses
// beyond the 47-bit user space. Sharded hash tables under locks; such domains are few and small.
//
// The shard's lock is not re-entrant: a signal handler that allocates from such a domain while its thread does, or a
// thread that waits for one that was stopped, runs out of patience and is told kStuck.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/memory/arena.h"
#include "engine/memory/futex_lock.h"
#include "engine/ring/event.h"

namespace heapreel::engine {

class BlockHashTable {
 public:
  enum class Outcome : uint8_t { kDone, kSpent, kStuck };  // memory, or patience

  // How long to wait for a shard, held for less than a microsecond but while it grows.
  static constexpr uint64_t kPatienceNs = 1'000'000'000;
  // In a hook inside a hook, which may be the holder that it would wait for.
  static constexpr uint64_t kNestedPatienceNs = 1'000'000;

  // Sets the id of (domain, p); `before` is the one that stood there or 0.
  Outcome put(DomainIndex domain, uintptr_t p, BlockId id, BlockId* before, uint64_t patience_ns);
  // Removes (domain, p); `id` is what stood there, 0 when there is none.
  Outcome remove(DomainIndex domain, uintptr_t p, BlockId* id, uint64_t patience_ns);

  // Removes every block of `domain` that begins in [base, base + bytes): visit(p, id). Costs the table's size. What
  // was removed before a shard could not be had stays removed.
  template <class Visit>
  Outcome remove_range(DomainIndex domain, uintptr_t base, size_t bytes, uint64_t patience_ns, Visit&& visit) {
    for (Shard& shard : shards_) {
      FutexLockGuard guard(shard.lock, patience_ns);
      if (!guard.held()) return Outcome::kStuck;
      for (uint32_t at = 0; at < shard.capacity; ++at) {
        Slot& slot = shard.slots[at];
        if (slot.id == 0 || slot.domain != domain || slot.address - base >= bytes) continue;
        visit(slot.address, slot.id);
        slot.id = 0;  // the slot stays taken until the next growth, as after remove()
      }
    }
    return Outcome::kDone;
  }

  // Forgets every block, keeps the memory. Only when no hook can be using the table. False, and the rest is left as it
  // is, when a shard lies outside of the arena.
  bool clear();

 private:
  struct Slot {
    uintptr_t address;
    DomainIndex domain;
    BlockId id;  // 0: free for reuse by the same key, or never used
    uint32_t used;
    uint32_t unused;
  };
  struct Shard {
    FutexLock lock;
    uint32_t capacity = 0;
    uint32_t used = 0;
    Slot* slots = nullptr;
    uint32_t spare_capacity = 0;
    Slot* spare = nullptr;  // the table before this one, for the next
  };
  static constexpr uint32_t kShards = 64;
  static constexpr uint32_t kFirstCapacity = 64;

  static uint64_t hash_of(DomainIndex domain, uintptr_t p) {
    return (p ^ uint64_t{domain} << 48 ^ domain) * 0x9e3779b97f4a7c15;
  }
  static Slot* find(const Shard& shard, uint64_t hash, DomainIndex domain, uintptr_t p);
  static bool grow(Shard& shard);

  Shard shards_[kShards];
};

}  // namespace heapreel::engine
