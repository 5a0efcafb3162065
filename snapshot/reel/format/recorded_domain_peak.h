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

// The peaks of all domains that ever had a block. The state must be pinned, or be the one that a CutListener is being
// told of.
inline std::vector<RecordedDomainPeak> domain_peaks_of(const engine::FrozenTraces& state) {
  std::vector<RecordedDomainPeak> peaks;
  state.for_each_domain_peak([&](engine::DomainIndex domain, const engine::DomainPeak& sums) {
    peaks.push_back({domain, sums});
  });
  return peaks;
}

}  // namespace heapreel
