// What a Snapshot reads from: frozen traces, grouped into sites.
#pragma once

#include <cstdint>
#include <memory>

#include "snapshot/function_ref.h"
#include "snapshot/traceback_source.h"

namespace heapreel {

// All live blocks with one domain, tag and traceback.
struct SiteRow {
  uint32_t site;  // dense: small numbers, most of them in use
  uint32_t domain;
  uint32_t tag;        // 0 = none
  uint32_t traceback;  // index in the set's TracebackSource
  uint64_t live_blocks;
  uint64_t live_bytes;
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

// Implementations are immutable once a snapshot has them; every method may be called on any thread, and may
// wait where the traces are still being frozen. Rows are passed for the length of the call.
class TraceSet {
 public:
  virtual ~TraceSet() = default;

  // Two sets with the same source number tracebacks, domains, tags, threads and sites alike.
  virtual std::shared_ptr<const TracebackSource> source() const = 0;

  // Every site that may have live blocks, once; sites without any may be listed too.
  virtual void for_each_site(function_ref<void(const SiteRow&)> visit) const = 0;
  virtual SiteRow site(uint32_t site) const = 0;

  // Every live block once, in the same order at every call. Each block's site is listed by for_each_site().
  virtual void for_each_block(function_ref<void(const BlockRow&)> visit) const = 0;
  virtual uint64_t block_count() const = 0;

  virtual uint64_t game_frame() const { return 0; }

  // Visits the sites that may differ between `old` and this set, each once, with null for a side that has no such
  // site, at a cost that follows their number. Returns false, having visited nothing, where the two share nothing
  // to tell by.
  virtual bool for_each_site_difference(
      const TraceSet& /*old*/, function_ref<void(const SiteRow* old_row, const SiteRow* new_row)> /*visit*/) const {
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
