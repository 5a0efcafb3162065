// How much each allocator has, counted without and with what lies in the memory of another one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <heapreel/export.h>

namespace heapreel {

class Snapshot;

// The live blocks of one domain. A pool takes large blocks from malloc and reports the small ones in a domain of its own:
// by the domains alone the same bytes are counted twice. A block in which blocks of another domain lie is a heap of that
// one, and so is one that the program says is (heapreel_heap), whether anything lies in it or not; `own` leaves out the
// domain's blocks that are heaps of others, so that over all domains each byte counts once.
struct HEAPREEL_API DomainTotals {
  uint32_t domain = 0;
  std::string name = {};
  uint64_t blocks = 0;  // all of the domain's
  uint64_t bytes = 0;
  uint64_t own_blocks = 0;  // those that are nobody's heap
  uint64_t own_bytes = 0;
  // The heaps that the domain's blocks lie in: whose they are, mostly, and how large they are. What is not used of them is
  // heap_bytes less the bytes in them. None where the domain's blocks lie in no block of another domain, or where nothing
  // is live in it.
  std::optional<uint32_t> within = {};  // the domain of most of the heaps' bytes
  uint64_t heap_blocks = 0;
  uint64_t heap_bytes = 0;
  uint64_t bytes_in_heaps = 0;
  // Of heap_blocks, those that the program says are heaps.
  uint64_t declared_heaps = 0;
  // Where it says so of any: the domain's blocks that lie in none of these. Their heap was freed before them, or they reach
  // beyond it, or were never in one.
  uint64_t outside_blocks = 0;
  uint64_t outside_bytes = 0;
  // Of declared_heaps, those that another domain has as well: the program says so, or blocks of that one lie in them.
  uint64_t shared_heaps = 0;
  // The most bytes of the domain that lived at once within the snapshot's game frame, up to the snapshot: an arena's
  // high-water mark. It lies between these two, which are equal while one thread uses the domain. Nothing of malloc, and
  // where it was not recorded: in reels of before format 1.4.
  std::optional<uint64_t> peak_bytes = {};
  std::optional<uint64_t> peak_bound = {};

  friend bool operator==(const DomainTotals&, const DomainTotals&) = default;
};

// By domain number. A heap in which nothing is live, and of which the program says nothing, counts as its domain's own. Looks at every block: the cost is that of
// sorting them. Throws as Snapshot::statistics() does where the snapshot cannot be read.
HEAPREEL_API std::vector<DomainTotals> domain_totals(const Snapshot& snapshot);

// The snapshot without blocks that are heaps of other domains, so that each byte counts once. Looks at every block, as
// domain_totals(); as with Snapshot::born(), of blocks that are gone nothing is known.
HEAPREEL_API Snapshot without_heaps(const Snapshot& snapshot);

}  // namespace heapreel
