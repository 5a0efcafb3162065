#include "snapshot/reel/read/recorded_group_sums.h"

#include <span>
#include <stdexcept>
#include <string>

#include "snapshot/reel/read/group_sums_section.h"

namespace heapreel {

namespace {

using engine::GroupId;
using engine::GroupSums;

using Sums = std::vector<GroupSums>;

// Adds to `sums` what each group did in the first `wanted` of the `stills` stills that a section tells about.
void apply(std::span<const uint8_t> payload, size_t stills, size_t wanted, Sums& sums) {
  const GroupSumsSection section(payload, stills);
  std::vector<group_growth::Numbers> lines(wanted);
  for (size_t position = 0; position < section.groups().size(); ++position) {
    const GroupId group = section.groups()[position];
    if (group >= sums.size()) sums.resize(size_t{group} + 1);
    section.read(position, 0, lines);
    for (const group_growth::Numbers& line : lines) group_growth::apply(line, sums[group]);
  }
}

// By thread and by size class the same events are counted in two more ways, which must agree.
void check(const Sums& sums, const engine::Totals& totals) {
  GroupSums by_size{};
  GroupSums by_thread{};
  for (GroupId group = 0; group < sums.size(); ++group) {
    GroupSums& all = engine::is_size_class(group) ? by_size : by_thread;
    all.allocs += sums[group].allocs;
    all.alloc_bytes += sums[group].alloc_bytes;
    all.frees += sums[group].frees;
    all.freed_bytes += sums[group].freed_bytes;
    all.reallocs += sums[group].reallocs;
  }
  const GroupSums expected = {.allocs = totals.allocs,
                              .alloc_bytes = totals.alloc_bytes,
                              .frees = totals.frees,
                              .freed_bytes = totals.alloc_bytes - totals.live_bytes,
                              .reallocs = totals.reallocs};
  if (by_size != expected || by_thread != expected) throw ReelError("its threads do not add up to its sums");
}

}  // namespace

std::vector<GroupSums> RecordedGroupSums::at(size_t still) const {
  if (!contents_->has_group_sums()) {
    throw std::invalid_argument(
        "the reel does not say what threads and size classes allocate and free: it was recorded by an older heapreel; "
        "record it again");
  }
  try {
    return read(still);
  } catch (const ReelError& error) {
    throw ReelError(path_ + ": what threads and size classes did up to game frame " +
                    std::to_string(contents_->own_number(contents_->stills()[still].number())) +
                    " cannot be shown: " + error.what());
  }
}

std::vector<GroupSums> RecordedGroupSums::read(size_t still) const {
  const auto& stills = contents_->stills();
  const uint32_t generation = stills[still].sums.generation;
  Sums sums;
  SectionReader reader(*input_);
  size_t next = 0;  // the first still about which no section has told yet
  for (const ReelPart& part : contents_->group_parts().kept()) {
    size_t count = 0;
    size_t wanted = 0;
    for (; next <= part.still; ++next) {
      if (!stills[next].has_state() || stills[next].sums.generation != generation) continue;
      ++count;
      if (next <= still) ++wanted;
    }
    if (count == 0) continue;  // of another generation
    const SectionHeader header = input_->section_header(part.offset);
    if (header.kind != reel_format::SectionKind::kGroupSums || header.still != part.still) {
      throw ReelError("damaged at byte " + std::to_string(part.offset) + " (not the sums that the index names)");
    }
    apply(reader.payload(part.offset, header), count, wanted, sums);
    if (next <= still) continue;
    check(sums, stills[still].sums.totals);
    return sums;
  }
  throw std::invalid_argument(
      "the reel does not say what threads and size classes allocated and freed up to game frame " +
      std::to_string(contents_->own_number(contents_->stills()[still].number())) +
      ": the recording broke off before that was written; ask for an earlier game frame");
}

}  // namespace heapreel
