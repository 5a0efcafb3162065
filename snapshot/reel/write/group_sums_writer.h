// Writes what threads and size classes allocated and freed: how much their sums grew over some stills, in one section
// (REEL_FORMAT.md, kind 14). A section for each still would cost more than its contents.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "engine/store/frozen_traces.h"
#include "snapshot/reel/format/group_growth.h"
#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel {

// One thread.
class GroupSumsWriter {
 public:
  // Takes a still with a state. `before` is the state of the still before it, if there is one in its generation.
  void add(const engine::FrozenTraces* before, const engine::FrozenTraces& after);
  bool empty() const { return stills_ == 0; }
  bool is_due() const { return stills_ >= kMostStills || growth_.size() * stills_ >= kMostNumbers; }

  // The section for everything that was taken since the last one.
  ByteWriter section();
  // The next stills grow from nothing.
  void end_generation();

 private:
  static constexpr uint32_t kMostStills = 64;
  static constexpr size_t kMostNumbers = 1 << 16;  // so many groups times stills are enough for a section

  void grow(engine::GroupId group, const engine::GroupSums& sums);

  uint32_t stills_ = 0;
  std::map<engine::GroupId, std::vector<group_growth::Numbers>> growth_;  // by still; what is missing at the end is 0
  std::vector<engine::GroupSums> known_;                                  // as of the last still
};

}  // namespace heapreel
