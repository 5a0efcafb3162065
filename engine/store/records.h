// The pages of the trace store.
#pragma once

#include <cstdint>

#include "engine/ring/block_lease.h"

namespace heapreel::engine {

using SiteId = uint32_t;
using TracebackId = uint32_t;

// One block. Valid only while its live bit is set.
struct Record {
  uint64_t address;
  uint64_t size;  // bytes as requested
  SiteId site;
  uint32_t born;    // game frame
  uint32_t thread;  // index into the thread table
  uint32_t domain;  // that of the site
};
static_assert(sizeof(Record) == 32);

struct RecordPage {
  Record records[kBlocksPerPage];
};

// Which blocks live. It is kept apart from the records, so that a free changes 64 bytes and not a page.
struct LiveChunk {
  static constexpr uint32_t kBlocks = 512;
  static constexpr int kShift = 9;

  uint64_t bits[kBlocks / 64];

  bool test(uint32_t block) const { return (bits[block / 64 % 8] >> (block % 64) & 1) != 0; }
};
static_assert(sizeof(LiveChunk) == 64);

// What happened at one site so far, in requested bytes.
struct SiteAggregate {
  // Lifetimes in game frames: [0] the same game frame, [k] 2^(k-1) .. 2^k - 1, the last one all longer.
  static constexpr uint32_t kLifetimes = 10;

  uint64_t live_blocks;
  uint64_t live_bytes;
  uint64_t allocs;
  uint64_t alloc_bytes;
  uint64_t reallocs;
  uint64_t peak_bytes;  // of live_bytes
  uint64_t lifetimes[kLifetimes];

  uint64_t frees() const { return allocs - live_blocks; }
};
static_assert(sizeof(SiteAggregate) == 128);

// How many blocks of a site lived longer than StoredSite counts. Most sites have none.
struct SiteLifetimes {
  static constexpr uint32_t kFirst = 3;  // the first lifetime that it counts

  uint64_t deaths[SiteAggregate::kLifetimes - kFirst];
  uint64_t unused;
};
static_assert(sizeof(SiteLifetimes) == 64);

// A site's figures as they are stored: those of SiteAggregate in half the memory. Blocks that died in the game frame of
// their birth are not counted, because their number follows from the rest.
struct StoredSite {
  uint64_t live_bytes;
  uint64_t allocs;
  uint64_t alloc_bytes;
  uint64_t reallocs;
  uint64_t peak_bytes;
  uint64_t deaths[SiteLifetimes::kFirst - 1];  // lifetimes from 1 on
  uint32_t live_blocks;
  uint32_t lifetimes;  // number of its SiteLifetimes; 0: it has none
};
static_assert(sizeof(StoredSite) == 64);

// What tells one site from another.
struct SiteKey {
  uint32_t domain;
  uint32_t scope;  // tag
  TracebackId traceback;
};

// The two entries that stand for a missing traceback.
inline constexpr TracebackId kUnknownTraceback = 0;   // no stack could be walked
inline constexpr TracebackId kDegradedTraceback = 1;  // not walked because of overload

// A stack as TracebackTable keeps it: its most recent frames follow the struct, and the others are those of another
// stack.
struct StoredTraceback {
  uint64_t hash;
  uint16_t depth;
  bool reached_bottom;     // then depth is the whole depth
  bool approximate;        // a frame was guessed
  uint16_t total_depth;    // frames of the whole stack, also when not all are kept; 0 when unknown
  uint16_t known_modules;  // for ModuleTable::find(address, known_modules), which tells whose code the frames are
  uint32_t outer;          // a place in TracebackTable: the frames from `own` on. Not read when own == depth
  uint16_t own;            // frames that follow
  uint16_t unused;

  // Program counters of the own frames, most recent first (see frame_pc.h for what they say).
  const uintptr_t* own_pcs() const { return reinterpret_cast<const uintptr_t*>(this + 1); }
  uintptr_t* own_pcs() { return reinterpret_cast<uintptr_t*>(this + 1); }
};
static_assert(sizeof(StoredTraceback) == 24);

}  // namespace heapreel::engine
