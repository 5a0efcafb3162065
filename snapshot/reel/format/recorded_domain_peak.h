// The most bytes that lived in a domain within a game frame, as the writer and the reader of a reel know it.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/store/frozen_traces.h"

namespace heapreel {

struct RecordedDomainPeak {
  uint32_t domain = 0;
  engine::DomainPeak sums = {};
};

// Of all domains that ever had a block. The state is pinned, or the one that a CutListener is told of right now.
inline std::vector<RecordedDomainPeak> domain_peaks_of(const engine::FrozenTraces& state) {
  std::vector<RecordedDomainPeak> peaks;
  state.for_each_domain_peak([&](engine::DomainIndex domain, const engine::DomainPeak& sums) {
    peaks.push_back({domain, sums});
  });
  return peaks;
}

}  // namespace heapreel
