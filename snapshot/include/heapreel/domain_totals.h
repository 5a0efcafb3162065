// How much memory each allocator has, and how much of it the pools and arenas of other domains use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <heapreel/export.h>

namespace heapreel {

class Snapshot;

// The live blocks of one domain. A pool takes large blocks from malloc and reports the small ones in a domain of its
// own, so that both domains count the same bytes. Here a block in which blocks of another domain lie is called a heap
// of that other domain. The figures `own_` leave out blocks that are heaps of other domains: their sum over all domains
// counts each byte once.
struct HEAPREEL_API DomainTotals {
  uint32_t domain = 0;
  std::string name = {};
  uint64_t blocks = 0;  // all blocks of the domain
  uint64_t bytes = 0;
  uint64_t own_blocks = 0;  // the blocks that are no other domain's heap
  uint64_t own_bytes = 0;
  // The heaps in which this domain's blocks lie. Their unused part is heap_bytes less bytes_in_heaps. There are none
  // where the domain's blocks lie in no block of another domain, and where the domain has no live block.
  std::optional<uint32_t> within = {};  // the domain that the heaps are blocks of; of several, the one with most bytes
  uint64_t heap_blocks = 0;
  uint64_t heap_bytes = 0;
  uint64_t bytes_in_heaps = 0;  // of this domain's blocks
  // The most bytes of the domain that lived at once within the snapshot's game frame, up to the snapshot: an arena's
  // high-water mark. The true value lies between these two, which are equal while one thread uses the domain. They are
  // empty for malloc, and in reels of a format before 1.4, which do not have them.
  std::optional<uint64_t> peak_bytes = {};
  std::optional<uint64_t> peak_bound = {};

  friend bool operator==(const DomainTotals&, const DomainTotals&) = default;
};

// One entry for each domain, by its number. A heap in which nothing is live counts as an ordinary block of its domain.
// Sorts the addresses of all blocks. Throws as Snapshot::statistics() does where the snapshot cannot be read.
HEAPREEL_API std::vector<DomainTotals> domain_totals(const Snapshot& snapshot);

}  // namespace heapreel
