// What changed between two states, or all of one state: the contents of state sections.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/store/frozen_traces.h"

namespace heapreel {

struct RecordedBlock {
  engine::BlockId id;
  uint32_t site;
  uint64_t address;
  uint64_t size;
  uint32_t born;
  uint32_t thread;
};

// How much a site's figures grew, each modulo 2^64.
struct RecordedSiteChange {
  static constexpr size_t kFigures = sizeof(engine::SiteAggregate) / sizeof(uint64_t);
  using Figures = std::array<uint64_t, kFigures>;

  uint32_t site;
  Figures growth;
};

// Ids ascend strictly. A block whose id was used again is in both lists; deaths come first.
struct RecordedChange {
  std::vector<RecordedBlock> died;
  std::vector<RecordedBlock> born;
  std::vector<RecordedSiteChange> sites;

  size_t size() const { return died.size() + born.size() + sites.size(); }
  void clear() {
    died.clear();
    born.clear();
    sites.clear();
  }
};

}  // namespace heapreel
