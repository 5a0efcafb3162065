// What a Snapshot reads from: frozen traces, grouped into sites.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include <heapreel/completeness.h>
#include <heapreel/key_type.h>

#include "engine/store/cross_thread_frees.h"
#include "engine/store/domain_peaks.h"
#include "snapshot/model/function_ref.h"
#include "snapshot/model/traceback_source.h"

namespace heapreel {

// What is live at a site; all zeros where a set does not have it.
struct SiteSum {
  uint64_t live_blocks = 0;
  uint64_t live_bytes = 0;

  friend bool operator==(const SiteSum&, const SiteSum&) = default;
};

// All live blocks with one domain, tag and traceback.
struct SiteRow {
  uint32_t site;  // dense: small numbers, most of them in use
  uint32_t domain;
  uint32_t tag;        // 0 = none
  uint32_t traceback;  // index in the set's TracebackSource
  uint64_t live_blocks;
  uint64_t live_bytes;

  SiteSum sum() const { return {live_blocks, live_bytes}; }
};

// One live block.
struct BlockRow {
  uint64_t address;
  uint64_t size;  // requested bytes
  uint32_t site;
  uint32_t born;  // game frame
  uint32_t thread;

  friend bool operator==(const BlockRow&, const BlockRow&) = default;
};

// What happened at a site since its generation began, with blocks that are gone.
struct SiteHistory {
  SiteRow row;
  uint64_t allocs;  // blocks born
  uint64_t alloc_bytes;
  uint64_t reallocs;  // of `allocs`, those to which a realloc moved a block

  uint64_t frees() const { return allocs - row.live_blocks; }
  uint64_t freed_bytes() const { return alloc_bytes - row.live_bytes; }
};

// What happened to the blocks of one thread or of one size class since the generation began, as in SiteHistory. Frees
// count for the thread that allocated the block, and reallocs for the one that called them and for the new size.
struct GroupHistory {
  uint32_t item;  // BlockRow::thread, or size_class_of
  uint64_t allocs;
  uint64_t alloc_bytes;
  uint64_t frees;
  uint64_t freed_bytes;
  uint64_t reallocs;
};

// Implementations are immutable once a snapshot has them. Every method may be called on any thread, and may wait
// while the traces are still being frozen. Rows are valid during the call that gets them.
class TraceSet {
 public:
  virtual ~TraceSet() = default;

  // Two sets with the same source have the same numbers for tracebacks, domains, tags, threads and sites.
  virtual std::shared_ptr<const TracebackSource> source() const = 0;

  // Every site that may have live blocks, once; sites without any may be listed too.
  virtual void for_each_site(function_ref<void(const SiteRow&)> visit) const = 0;
  // The row of a site that this set has, with or without live blocks.
  virtual SiteRow site(uint32_t site) const = 0;

  // Every live block once, in the same order at every call. Each block's site is listed by for_each_site().
  virtual void for_each_block(function_ref<void(const BlockRow&)> visit) const = 0;
  virtual uint64_t block_count() const = 0;

  virtual uint64_t game_frame() const { return 0; }

  // Two sets of one source and generation have one history: what only the older one has was freed. Nothing where there
  // is no history.
  virtual std::optional<uint32_t> generation() const { return std::nullopt; }
  // Visits every site that ever had a block in this generation, once. False, and nothing was visited, when freed blocks
  // are not accounted for.
  virtual bool for_each_site_history(function_ref<void(const SiteHistory&)> /*visit*/) const { return false; }
  // Visits every thread, or size class, that ever had a block in this generation, once; `key` is one of these two.
  // Throws std::invalid_argument, which says what can be asked instead, when freed blocks are not accounted for in this
  // way.
  virtual void for_each_group_history(KeyType key, function_ref<void(const GroupHistory&)> visit) const;
  // What other threads freed than those that allocated, since the generation began: by site, those that have any,
  // whatever filters were applied. Throws std::invalid_argument, which says why, when it was not recorded which thread
  // frees.
  virtual std::map<uint32_t, engine::CrossThreadFrees> cross_thread_frees() const;
  // The most bytes that lived in each domain but malloc's within the game frame of this moment, by domain, whatever
  // filters were applied. Nothing where that was not recorded.
  virtual std::optional<std::map<uint32_t, engine::DomainPeak>> domain_peaks() const { return std::nullopt; }
  // The set that this one's filters were applied to.
  virtual const TraceSet& unfiltered() const { return *this; }

  // All zeros, which means complete, where nothing was recorded.
  virtual Completeness completeness() const { return {}; }

  // Visits the sites that may differ between `old` and this set, each once. The cost follows their number. Returns
  // false, having visited nothing, when the two sets share nothing by which it could tell.
  virtual bool for_each_site_difference(
      const TraceSet& /*old*/, function_ref<void(uint32_t site, SiteSum before, SiteSum after)> /*visit*/) const {
    return false;
  }

  // The same for blocks: those only in this set (`added`) and those only in `old`. A block that is in both
  // may be visited as long as it is visited for both.
  virtual bool for_each_block_difference(const TraceSet& /*old*/,
                                         function_ref<void(const BlockRow& row, bool added)> /*visit*/) const {
    return false;
  }
};

}  // namespace heapreel
