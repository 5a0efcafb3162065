#include "snapshot/reel/read/recorded_domain_peaks.h"

#include <vector>

#include "snapshot/reel/format/number_column.h"
#include "snapshot/reel/read/section_reader.h"

namespace heapreel {
namespace {

// The columns of a section, each of which is read as a whole.
class Columns {
 public:
  explicit Columns(std::span<const uint8_t> payload) : in_(payload), lines_(in_.count(1)) {}

  size_t lines() const { return lines_; }
  std::vector<uint64_t> next() {
    std::vector<uint64_t> numbers(lines_);
    NumberColumn(in_, lines_).read(0, numbers);
    return numbers;
  }
  void expect_end() const { in_.expect_end(); }

 private:
  ByteReader in_;
  size_t lines_;
};

uint64_t sum(uint64_t a, uint64_t b) {
  if (a > UINT64_MAX - b) throw ReelError("a peak is out of range");
  return a + b;
}

void read_section(std::span<const uint8_t> payload, uint32_t last_still,
                  function_ref<void(size_t, const RecordedDomainPeak&)> visit) {
  Columns columns(payload);
  const auto steps = columns.next(), domains = columns.next(), live = columns.next(), peaks = columns.next(),
             ceilings = columns.next();
  columns.expect_end();
  uint64_t still = 0;
  uint64_t domain = 0;
  for (size_t line = 0; line < columns.lines(); ++line) {
    if (steps[line] > last_still - still) throw ReelError("peaks of domains belong to no still");
    if (steps[line] != 0) domain = 0;
    still += steps[line];
    if (domains[line] <= domain || domains[line] >= engine::kMaxDomains) throw ReelError("there is no such domain");
    domain = domains[line];
    RecordedDomainPeak peak{.domain = static_cast<uint32_t>(domain), .sums = {}};
    peak.sums.live_bytes = live[line];
    peak.sums.peak_bytes = sum(live[line], peaks[line]);
    peak.sums.peak_ceiling = sum(peak.sums.peak_bytes, ceilings[line]);
    visit(static_cast<size_t>(still), peak);
  }
}

}  // namespace

void RecordedDomainPeaks::for_each(function_ref<void(size_t, const RecordedDomainPeak&)> visit) const {
  SectionReader reader(*input_);
  try {
    for (const ReelPart& part : contents_->domain_peak_parts().kept()) {
      const SectionHeader header = input_->section_header(part.offset);
      if (header.kind != reel_format::SectionKind::kDomainPeaks || header.still != part.still) {
        throw ReelError("damaged at byte " + std::to_string(part.offset) + " (not the peaks that the index names)");
      }
      read_section(reader.payload(part.offset, header), part.still, visit);
    }
  } catch (const ReelError& error) {
    throw ReelError(path_ + ": the peaks of domains cannot be shown: " + error.what());
  }
}

std::map<uint32_t, engine::DomainPeak> RecordedDomainPeaks::at(size_t still) const {
  const auto& stills = contents_->stills();
  std::map<uint32_t, engine::DomainPeak> peaks;
  std::map<uint32_t, size_t> told_at;
  for_each([&](size_t at, const RecordedDomainPeak& peak) {
    if (at > still || stills[at].sums.generation != stills[still].sums.generation) return;
    peaks[peak.domain] = peak.sums;
    told_at[peak.domain] = at;
  });
  for (auto& [domain, sums] : peaks) {
    if (told_at[domain] != still) sums.peak_bytes = sums.peak_ceiling = sums.live_bytes;
  }
  return peaks;
}

}  // namespace heapreel
