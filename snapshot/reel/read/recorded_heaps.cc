#include "snapshot/reel/read/recorded_heaps.h"

#include <vector>

#include "snapshot/reel/format/number_column.h"
#include "snapshot/reel/read/section_reader.h"

namespace heapreel {
namespace {

struct HeapLine {
  size_t still;
  engine::Heap heap;
  bool ends;
};

std::vector<HeapLine> lines_of(std::span<const uint8_t> payload, uint32_t last_still) {
  ByteReader in(payload);
  const size_t count = in.count(1);
  const auto column = [&] {
    std::vector<uint64_t> numbers(count);
    NumberColumn(in, count).read(0, numbers);
    return numbers;
  };
  const auto steps = column(), blocks = column(), domains = column();
  in.expect_end();
  std::vector<HeapLine> lines;
  uint64_t still = 0;
  for (size_t line = 0; line < count; ++line) {
    if (steps[line] > last_still - still) throw ReelError("heaps belong to no still");
    still += steps[line];
    const uint64_t domain = domains[line] / 2;
    if (domain == 0 || domain >= engine::kMaxDomains) throw ReelError("a heap names a domain that cannot exist");
    if (blocks[line] > UINT32_MAX) throw ReelError("a heap names a block that cannot exist");
    lines.push_back({static_cast<size_t>(still),
                     {static_cast<engine::BlockId>(blocks[line]), static_cast<engine::DomainIndex>(domain)},
                     domains[line] % 2 != 0});
  }
  return lines;
}

}  // namespace

std::set<engine::Heap> RecordedHeaps::at(size_t still) const {
  const auto& stills = contents_->stills();
  std::set<engine::Heap> heaps;
  if (stills.first() != 0) return heaps;  // of whoever follows a recording and forgets its beginning: not known
  SectionReader reader(*input_);
  try {
    for (const ReelPart& part : contents_->heap_parts().kept()) {
      const SectionHeader header = input_->section_header(part.offset);
      if (header.kind != reel_format::SectionKind::kHeaps || header.still != part.still) {
        throw ReelError("damaged at byte " + std::to_string(part.offset) + " (not the heaps that the index names)");
      }
      for (const HeapLine& line : lines_of(reader.payload(part.offset, header), part.still)) {
        if (line.still > still || stills[line.still].sums.generation != stills[still].sums.generation) continue;
        const bool is_new = line.ends ? heaps.erase(line.heap) != 0 : heaps.insert(line.heap).second;
        if (!is_new) throw ReelError("a heap begins twice, or ends that is not there");
      }
    }
  } catch (const ReelError& error) {
    throw ReelError(path_ + ": which blocks are heaps cannot be shown: " + error.what());
  }
  return heaps;
}

}  // namespace heapreel
