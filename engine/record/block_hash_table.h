// From an address to a BlockId, for blocks that no granule map covers: those of domains with an alignment below 16
// bytes, and those at addresses beyond the 47-bit user space. Sharded hash tables under locks, because such domains are
// few and small.
//
// The lock of a shard is not re-entrant. A signal handler may allocate from such a domain while its thread does, and a
// thread may wait for one that was stopped: then waiting ends after a while with kStuck.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/memory/arena.h"
#include "engine/memory/futex_lock.h"
#include "engine/ring/event.h"

namespace heapreel::engine {

class BlockHashTable {
 public:
  // kSpent: no memory is left; kStuck: the lock could not be had in time.
  enum class Outcome : uint8_t { kDone, kSpent, kStuck };

  // How long to wait for a shard. Its lock is held for less than a microsecond, except while the shard grows.
  static constexpr uint64_t kPatienceNs = 1'000'000'000;
  // The same in a hook inside a hook, where the holder may be the very thread that waits.
  static constexpr uint64_t kNestedPatienceNs = 1'000'000;

  // Sets the id of (domain, p). `before` becomes the id that was there, or 0.
  Outcome put(DomainIndex domain, uintptr_t p, BlockId id, BlockId* before, uint64_t patience_ns);
  // Removes (domain, p). `id` becomes the id that was there, or 0.
  Outcome remove(DomainIndex domain, uintptr_t p, BlockId* id, uint64_t patience_ns);

  // Removes every block of `domain` that begins in [base, base + bytes) and calls visit(p, id) for each. Looks at the
  // whole table. When a shard's lock cannot be had, what was removed before stays removed.
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

  // Forgets every block and keeps the memory. Only when no hook can be using the table. False when a shard lies outside
  // of the arena: then the rest is left as it is.
  bool clear();

 private:
  struct Slot {
    uintptr_t address;
    DomainIndex domain;
    BlockId id;  // 0: never used, or free for the same key to use again
    uint32_t used;
    uint32_t unused;
  };
  struct Shard {
    FutexLock lock;
    uint32_t capacity = 0;
    uint32_t used = 0;
    Slot* slots = nullptr;
    uint32_t spare_capacity = 0;
    Slot* spare = nullptr;  // the table that this one replaced, used again at the next growth
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
