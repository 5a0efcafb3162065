// Writes what threads freed of blocks that others had allocated, by site: how much it grew in some stills, in one
// section (REEL_FORMAT.md, kind 19).
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "engine/store/frozen_traces.h"
#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel {

// One thread.
class CrossThreadWriter {
 public:
  // Takes the state of a still. `before` is the state of the still before it, if there is one in its generation.
  // `site_base` is what the reel adds to the numbers of sites in this generation.
  void add(uint32_t still, const engine::FrozenTraces* before, const engine::FrozenTraces& after, uint32_t site_base);
  bool empty() const { return rows_.empty(); }
  bool is_due() const { return rows_.size() >= kMostRows; }

  // The section for everything that was taken since the last one.
  ByteWriter section();
  // The next stills grow from nothing.
  void end_generation();

 private:
  static constexpr size_t kMostRows = 1 << 14;  // so many rows are enough for a section

  struct Row {
    uint32_t still;
    uint32_t site;
    engine::CrossThreadFrees growth;
  };

  void grow(uint32_t still, uint32_t site, const engine::CrossThreadFrees& now);

  std::vector<Row> rows_;                               // ascending by still and site
  std::map<uint32_t, engine::CrossThreadFrees> known_;  // by site, as of the last still
};

}  // namespace heapreel
