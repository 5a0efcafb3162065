// The program counters of a stored stack, for tests to compare.
#pragma once

#include <vector>

#include "engine/store/traceback_table.h"

namespace heapreel::engine::testing {

// Most recent first.
inline std::vector<uintptr_t> stored_pcs(const TracebackTable& table, TracebackId id) {
  const StoredTraceback& stored = *table.at(id);
  std::vector<uintptr_t> pcs(stored.depth);
  table.copy_pcs(stored, pcs.data());
  return pcs;
}

}  // namespace heapreel::engine::testing
