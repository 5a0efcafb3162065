#include "snapshot/reel/write/domain_peaks_writer.h"

#include <utility>

#include "snapshot/reel/format/number_column.h"

namespace heapreel {

void DomainPeaksWriter::add(uint32_t still, std::span<const RecordedDomainPeak> peaks) {
  for (const RecordedDomainPeak& peak : peaks) {
    uint64_t& known = known_[peak.domain];
    const bool did_nothing = peak.sums == engine::DomainPeak{known, known, known};
    known = peak.sums.live_bytes;
    if (!did_nothing) rows_.push_back({still, peak.domain, peak.sums});
  }
}

ByteWriter DomainPeaksWriter::section() {
  ByteWriter out;
  const auto column = [&](auto&& number_of) { write_lines(out, rows_, number_of); };
  out.varint(rows_.size());
  uint64_t still = 0;
  column([&](const Row& row) { return row.still - std::exchange(still, row.still); });
  column([](const Row& row) { return row.domain; });
  column([](const Row& row) { return row.sums.live_bytes; });
  column([](const Row& row) { return row.sums.peak_bytes - row.sums.live_bytes; });
  column([](const Row& row) { return row.sums.peak_ceiling - row.sums.peak_bytes; });
  rows_.clear();
  return out;
}

void DomainPeaksWriter::end_generation() {
  rows_.clear();
  known_.clear();
}

}  // namespace heapreel
