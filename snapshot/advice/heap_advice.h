// What a reel shows that could be allocated in another way: frame arenas, pools, sizes that the allocator rounds up,
// and blocks that prevent pages of the allocator from being given back.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "snapshot/reel/read/reel.h"

namespace heapreel {

// A site all of whose blocks are freed in the game frame that allocated them.
struct ArenaSite {
  uint32_t site = 0;
  uint64_t game_frames = 0;  // in which it allocates
  uint64_t blocks = 0;
  uint64_t bytes = 0;
  uint64_t most_blocks = 0;          // in one game frame
  uint64_t most_bytes = 0;           // likewise, as requested
  uint64_t cross_thread_blocks = 0;  // of `blocks`, those that another thread freed
};

struct ArenaAdvice {
  // Whether the reel says which threads free. Where it does not, every site counts as if the allocating thread freed
  // its blocks.
  bool knows_threads = false;
  std::vector<ArenaSite> sites;        // sites whose blocks are freed by the allocating thread; most blocks first
  std::vector<ArenaSite> handed_over;  // sites of which another thread frees some blocks; most blocks first
  // Bytes that hold all blocks of `sites` in every game frame, even when none is freed before its end, each rounded up
  // to kAlignment. It is exact where the sizes are known. Elsewhere it is too large by at most kAlignment - 1 for each
  // block.
  uint64_t capacity = 0;
  uint32_t fullest_game_frame = 0;
  uint64_t blocks = 0;

  static constexpr uint64_t kAlignment = 16;
};

// The most that an allocator of the program had within one game frame: an arena's high-water mark.
struct DomainUse {
  uint32_t domain = 0;
  uint64_t peak_bytes = 0;  // the most that certainly lived at once
  uint64_t peak_bound = 0;  // the most that can have lived at once, in the game frame that has the most
  uint32_t fullest_game_frame = 0;
};

// A site whose blocks are all of one size, and come and go.
struct PoolSite {
  uint32_t site = 0;
  uint64_t size = 0;  // of each block, as requested
  uint64_t allocs = 0;
  uint64_t frees = 0;
  uint64_t most_live = 0;  // at the end of a game frame
  // An upper bound of the blocks that lived at once: those that lived before a game frame, and all that it allocated.
  uint64_t capacity = 0;
};

// What the allocator adds to the live blocks of a site.
struct RoundedSite {
  uint32_t site = 0;
  uint64_t blocks = 0;
  uint64_t bytes = 0;
  uint64_t slack_bytes = 0;
};

// A page of mimalloc for blocks of at most kMostPagedBlock bytes that is nearly empty, and was not before.
struct SparsePage {
  static constexpr size_t kSamples = 16;

  uint64_t address = 0;
  uint64_t blocks = 0;
  uint64_t bytes = 0;  // of its live blocks, rounded as mimalloc does
  uint64_t most_bytes = 0;
  uint32_t most_game_frame = 0;
  std::array<uint64_t, kSamples> bytes_at{};  // at HeapAdvice::sampled_game_frames
  std::vector<uint32_t> sites;                // the sites whose blocks keep it, ascending
};

struct PinningSite {
  uint32_t site = 0;
  uint64_t pages = 0;        // sparse pages that its blocks keep
  uint64_t pages_alone = 0;  // of these, the ones in which no other site has a block
  uint64_t blocks = 0;       // there
  uint64_t bytes = 0;
  uint32_t oldest = 0;  // the game frame in which the first of them was born
};

struct HeapAdvice {
  static constexpr uint64_t kPageBytes = 64 << 10;
  static constexpr uint64_t kMostPagedBlock = 16 << 10;

  uint32_t first_game_frame = 0, last_game_frame = 0;
  uint64_t game_frames = 0;  // how many were looked at, without merged ones
  ArenaAdvice arena;
  bool knows_domain_peaks = false;           // whether the reel has them for all these game frames
  std::vector<DomainUse> domains;            // ascending; malloc is not among them
  std::vector<PoolSite> pools;               // most allocations first
  std::vector<RoundedSite> rounding;         // most slack first; empty where the allocator is not mimalloc
  uint64_t live_bytes = 0, slack_bytes = 0;  // of all sites, at the last game frame; of malloc and new alone
  bool knows_pages = false;                  // the allocator is mimalloc
  uint64_t pages = 0;                        // that have live blocks
  std::vector<SparsePage> sparse;            // emptiest first
  std::vector<PinningSite> pinning;          // most pages first
  std::vector<uint32_t> sampled_game_frames;
};

// Looks at the game frames `first` to `last`, both included; `last` must have a state. Reads the reel once. Throws
// ReelError.
HeapAdvice advise(const Reel& reel, uint32_t first, uint32_t last,
                  const std::function<void(size_t done, size_t total)>& progress = {});

}  // namespace heapreel
