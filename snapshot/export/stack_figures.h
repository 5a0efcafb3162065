// The four figures of a stack at a moment.
#pragma once

#include <array>
#include <cstdint>

#include "engine/store/frozen_traces.h"
#include "snapshot/export/export_source.h"

namespace heapreel {

// The index is an ExportValue. Allocations are those since traces were last cleared, blocks that are gone included.
inline std::array<uint64_t, 4> stack_figures(const engine::SiteAggregate& site) {
  return {site.live_bytes, site.live_blocks, site.alloc_bytes, site.allocs};
}

}  // namespace heapreel
