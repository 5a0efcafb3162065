#include "snapshot/reel/read/group_sums_section.h"

#include <heapreel/errors.h>

namespace heapreel {

using engine::GroupId;
using group_growth::kNumbers;

GroupSumsSection::GroupSumsSection(std::span<const uint8_t> payload, size_t stills) {
  ByteReader in(payload);
  if (in.varint() != stills) throw ReelError("the sums by group do not belong to the stills before them");
  const size_t groups = in.count(kNumbers);
  std::vector<uint64_t> gaps(groups);
  NumberColumn(in, groups).read(0, gaps);
  uint64_t next = 0;
  for (const uint64_t gap : gaps) {
    if (gap >= engine::kMostGroups - next) throw ReelError("there is no such thread or size class");
    groups_.push_back(static_cast<GroupId>(next + gap));
    next = uint64_t{groups_.back()} + 1;
    for (size_t number = 0; number < kNumbers; ++number) columns_.emplace_back(in, stills);
  }
  in.expect_end();
}

void GroupSumsSection::read(size_t position, size_t first, std::span<group_growth::Numbers> lines) const {
  std::vector<uint64_t> column(lines.size());
  for (size_t number = 0; number < kNumbers; ++number) {
    columns_[position * kNumbers + number].read(first, column);
    for (size_t line = 0; line < lines.size(); ++line) lines[line][number] = column[line];
  }
}

}  // namespace heapreel
