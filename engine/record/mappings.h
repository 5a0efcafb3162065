// Address space that the program mapped itself, as blocks: what is mapped, what of it was unmapped again, what moved. The
// program may unmap or replace any part of what it mapped, in one piece or many. So it is known here where each mapping
// lies and where it was made: what is left of one is a block of the place that made it.
//
// For cold paths: a lock is held around the system call and the report of it, so that the order of both is the same. No
// signal handler of the program runs meanwhile. Where the lock cannot be had, the call is not recorded, and counted as
// unrecorded.
//
// Sync edges: those of FutexLock.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/memory/blocked_signals.h"
#include "engine/memory/futex_lock.h"
#include "engine/ring/event.h"
#include "engine/unwind/walk_start.h"

namespace heapreel::engine {

// Zeroed memory is an empty table; it is never constructed, which would touch all of it. Owner: the lock's holder.
class MappingTable {
 public:
  static constexpr uint32_t kMost = 1 << 20;
  static constexpr uint32_t kMostStacks = 1 << 16;

  // Where a mapping was made. Never changed, never given back.
  struct Stack {
    uint64_t hash;
    uint32_t depth;
    bool reached_bottom;

    const uintptr_t* pcs() const { return reinterpret_cast<const uintptr_t*>(this + 1); }
    uintptr_t* pcs() { return reinterpret_cast<uintptr_t*>(this + 1); }
  };
  struct Mapping {
    uintptr_t begin, end;
    const Stack* stack;  // null: not known
    DomainIndex domain;
    uint32_t scope;
    uint32_t generation;  // in which it was recorded, or a later one
    uint32_t unused;
  };

  FutexLock lock;

  uint32_t count() const { return count_; }
  Mapping& operator[](uint32_t place) { return mappings_[place]; }
  // The first that ends behind `address`.
  uint32_t find(uintptr_t address) const;
  // False when there is no room.
  bool insert(uint32_t place, const Mapping& mapping);
  void erase(uint32_t place);

  // The same for the same frames; null when memory is spent.
  const Stack* intern(const uintptr_t* pcs, uint32_t depth, bool reached_bottom);

 private:
  uint32_t count_;
  uint32_t touched_;  // of the mappings, those that are accounted for
  uint32_t stack_count_;
  const Stack* stacks_[kMostStacks];
  Mapping mappings_[kMost];  // ascending; none lies in another one
};

// Whether this process records what is mapped: TracerOptions::map_domain.
bool records_mappings();

// To be held around a call that maps or unmaps, and the report of it. No such call may be made meanwhile by anybody else.
class MappingHold {
 public:
  MappingHold();
  ~MappingHold();
  MappingHold(const MappingHold&) = delete;
  MappingHold& operator=(const MappingHold&) = delete;

  // False: the call is to be made all the same, and not to be reported.
  bool held() const { return table_ != nullptr; }

  // [begin, end) was mapped, over whatever was there.
  void record_map(DomainIndex domain, uintptr_t begin, uintptr_t end, const WalkStart& caller);
  // Nothing is mapped in [begin, end) any more.
  void record_unmap(uintptr_t begin, uintptr_t end);
  // What was mapped in [old_begin, old_end) lies in [begin, end) now, over whatever was there; both may begin at one place.
  // `domain` is that of what was not known before.
  void record_remap(DomainIndex domain, uintptr_t old_begin, uintptr_t old_end, uintptr_t begin, uintptr_t end,
                    const WalkStart& caller);
  // Whether any of [begin, end) was mapped by the program.
  bool knows_any(uintptr_t begin, uintptr_t end) const;

 private:
  // There is no room: the record says that it is not complete.
  void lose();
  void add(DomainIndex domain, uintptr_t begin, uintptr_t end, const MappingTable::Stack* stack);
  void forget_stale(uintptr_t begin, uintptr_t end);
  void move(const MappingTable::Mapping& mapping, uintptr_t begin, uintptr_t end, const MappingTable::Stack* stack);

  const BlockedSignals blocked_;
  MappingTable* table_;
};

}  // namespace heapreel::engine
