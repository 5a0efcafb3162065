#include "snapshot/reel/read/group_sums_walk.h"

#include <algorithm>

namespace heapreel {

bool GroupSumsWalk::next(size_t still) {
  if (!contents_->has_group_sums()) return false;
  if (generation_ != contents_->stills()[still].sums.generation) {
    generation_ = contents_->stills()[still].sums.generation;
    sums_.clear();
    section_.reset();
  }
  if (section_ && still <= last_still_) {
    ++line_;
    return true;
  }
  return load_section(still);
}

// Loads the section whose first still is this one.
bool GroupSumsWalk::load_section(size_t still) {
  const auto& parts = contents_->group_parts();
  next_part_ = std::max(next_part_, parts.first());
  while (next_part_ < parts.size() && parts[next_part_].still < still) ++next_part_;
  if (next_part_ == parts.size()) return false;
  const ReelPart& part = parts[next_part_++];
  last_still_ = part.still;
  stills_in_section_ = 0;
  for (size_t at = still; at <= part.still; ++at) {
    const ReelStill& told = contents_->stills()[at];
    if (told.has_state() && told.sums.generation == *generation_) ++stills_in_section_;
  }
  const SectionHeader header = input_->section_header(part.offset);
  if (header.kind != reel_format::SectionKind::kGroupSums || header.still != part.still) {
    throw ReelError("damaged at byte " + std::to_string(part.offset) + " (not the sums that the index names)");
  }
  section_.emplace(reader_.payload(part.offset, header), stills_in_section_);
  growth_.resize(section_->groups().size() * stills_in_section_);
  for (size_t position = 0; position < section_->groups().size(); ++position) {
    section_->read(position, 0, std::span(growth_).subspan(position * stills_in_section_, stills_in_section_));
  }
  line_ = 0;
  return true;
}

}  // namespace heapreel
