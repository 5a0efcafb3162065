// Makes a snapshot's figures from the engine's.
#pragma once

#include "engine/store/frozen_traces.h"
#include "snapshot/model/trace_set.h"

namespace heapreel {

inline SiteHistory site_history(const SiteRow& row, const engine::SiteAggregate& site) {
  return {.row = row, .allocs = site.allocs, .alloc_bytes = site.alloc_bytes, .reallocs = site.reallocs};
}

// Calls `visit` when the group belongs to the key, thread or size_class, and ever had a block.
inline void visit_group_history(KeyType key, engine::GroupId group, const engine::GroupSums& sums,
                                function_ref<void(const GroupHistory&)> visit) {
  if (engine::is_size_class(group) != (key == KeyType::size_class) || sums.allocs == 0) return;
  visit({.item = engine::is_size_class(group) ? group : engine::thread_of(group),
         .allocs = sums.allocs,
         .alloc_bytes = sums.alloc_bytes,
         .frees = sums.frees,
         .freed_bytes = sums.freed_bytes,
         .reallocs = sums.reallocs});
}

inline Completeness completeness_of(const engine::Totals& totals) {
  return {.issued = totals.issued,
          .stored = totals.stored,
          .degraded = totals.degraded,
          .discarded = totals.discarded,
          .inferred_frees = totals.inferred_frees,
          .mismatched_frees = totals.mismatched_frees,
          .untracked_frees = totals.untracked_frees};
}

}  // namespace heapreel
