// The most bytes that lived at once in each domain within the current game frame: an arena's high-water mark. For every
// domain but 0, which is malloc.
//
// Rings are applied one after the other, so that sums in between are exact for one ring alone. When several threads use
// a domain in one round, its peak lies between the sum at the cut, and the sum at the cut before plus what each ring
// rose by itself.
//
// Owner: the holder of the consolidation lock.
#pragma once

#include <cstdint>

#include "engine/memory/growing_table.h"
#include "engine/memory/versioned_array.h"
#include "engine/ring/event.h"

namespace heapreel::engine {

// The peak of one domain, in requested bytes.
struct alignas(64) DomainPeak {
  uint64_t live_bytes;
  uint64_t peak_bytes;    // the most that certainly lived at once since the game frame began
  uint64_t peak_ceiling;  // the most that can have; equal to peak_bytes while one thread uses the domain

  friend bool operator==(const DomainPeak&, const DomainPeak&) = default;
};

class DomainPeaks {
 public:
  DomainPeaks(StoreClock& clock, PagePool& nodes, RangePool& ranges)
      : clock_(clock), uses_(ranges), frozen_(clock, pages_, nodes, ranges) {}

  // False when address space is spent.
  bool open() { return uses_.make_room(1) && frozen_.open(kMaxDomains); }

  // An event of the ring that is being applied; `domain` is below kMaxDomains and not 0. When memory is spent, the
  // store's clock says so.
  void alloc(DomainIndex domain, uint64_t size);
  void free(DomainIndex domain, uint64_t size);

  void end_ring();
  void end_round();
  // The next events belong to another game frame. Call it between rounds.
  void begin_game_frame();

  FrozenArray<DomainPeak> freeze();

  uint64_t current_bytes() const { return pages_.current_bytes() + frozen_.table_bytes() + end_ * sizeof(Use); }
  uint64_t retired_bytes() const { return pages_.retired_bytes(); }
  void clear();

 private:
  struct Use {
    DomainPeak sums;
    uint64_t round_start;
    uint64_t round_rise;  // the sum over the rings that are done
    uint64_t ring_start;
    uint64_t highest;        // since ring_start
    uint32_t rings;          // how many rings used the domain in this round and are done
    uint32_t next_in_ring;   // link of the list of domains that the ring used; kEnd: the last; 0: not in it
    uint32_t next_in_round;  // likewise
  };
  static constexpr uint32_t kEnd = UINT32_MAX;

  // Null when memory is spent.
  Use* use(DomainIndex domain);
  bool make_room(DomainIndex domain);

  StoreClock& clock_;
  PagePool pages_{sizeof(DomainPeak)};
  GrowingTable<Use> uses_;  // by domain
  VersionedArray<DomainPeak> frozen_;
  uint32_t end_ = 0;  // domains known
  uint32_t first_in_ring_ = kEnd;
  uint32_t first_in_round_ = kEnd;
};

}  // namespace heapreel::engine
