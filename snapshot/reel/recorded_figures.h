// From the engine's figures to those of a snapshot.
#pragma once

#include "engine/store/frozen_traces.h"
#include "snapshot/trace_set.h"

namespace heapreel {

inline SiteHistory site_history(const SiteRow& row, const engine::SiteAggregate& site) {
  return {.row = row, .allocs = site.allocs, .alloc_bytes = site.alloc_bytes, .reallocs = site.reallocs};
}

inline Completeness completeness_of(const engine::Totals& totals) {
  return {.issued = totals.issued,
          .stored = totals.stored,
          .degraded = totals.degraded,
          .forgotten = totals.forgotten,
          .unseen_frees = totals.unseen_frees,
          .mismatched_frees = totals.mismatched_frees,
          .untracked_frees = totals.untracked_frees};
}

}  // namespace heapreel
