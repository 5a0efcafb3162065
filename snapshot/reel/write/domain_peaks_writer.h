// Writes the most bytes that lived in each domain within game frames (REEL_FORMAT.md, kind 22).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "snapshot/reel/format/recorded_domain_peak.h"
#include "snapshot/reel/format/reel_bytes.h"

namespace heapreel {

// One thread.
class DomainPeaksWriter {
 public:
  // Takes the peaks of the game frame of a still. Domains that did nothing in it are left out.
  void add(uint32_t still, std::span<const RecordedDomainPeak> peaks);
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
    uint32_t domain;
    engine::DomainPeak sums;
  };

  std::vector<Row> rows_;               // ascending by still and domain
  std::map<uint32_t, uint64_t> known_;  // by domain: live bytes at the last still
};

}  // namespace heapreel
