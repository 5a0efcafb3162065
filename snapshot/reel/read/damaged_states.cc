#include "snapshot/reel/read/damaged_states.h"

#include <algorithm>

namespace heapreel {

using reel_format::SectionKind;

std::vector<std::string> damaged_states(const ReelInput& input, const ReelContents& contents) {
  std::vector<std::string> damage;
  const auto& stills = contents.stills();
  ReusableBuffer room;
  const auto is_sound = [&](const ReelPart& part, SectionKind kind) {
    const SectionHeader header = input.section_header(part.offset);
    const auto stored = room.of(header.stored_bytes);
    input.read(part.offset + reel_format::kSectionHeaderBytes, stored);
    return header.kind == kind && section_checksum(header, part.offset, stored) == header.checksum;
  };
  const auto is_damaged = [&](const ReelPart& part, SectionKind kind) {
    try {
      return !is_sound(part, kind);
    } catch (const ReelError&) {
      return true;
    }
  };
  size_t lost_up_to = 0;  // the first still after those that are known to be lost
  for (const ReelPart& part : contents.parts().kept()) {
    if (part.still < lost_up_to || !is_damaged(part, SectionKind::kState)) continue;
    size_t end = part.still + size_t{1};
    while (end < stills.size() && !stills[end].is_key) ++end;
    lost_up_to = end;
    const uint32_t first = contents.own_number(stills[part.still].number());
    const uint32_t last = contents.own_number(stills[end - 1].number());
    damage.push_back("damaged at byte " + std::to_string(part.offset) +
                     (first == last ? ": game frame " + std::to_string(first) + " cannot be shown"
                                    : ": game frames " + std::to_string(first) + " to " + std::to_string(last) +
                                          " cannot be shown"));
  }
  for (const ReelPart& part : contents.marks().parts()) {
    if (!is_damaged(part, SectionKind::kMarkState)) continue;
    damage.push_back("damaged at byte " + std::to_string(part.offset) + ": the state at the mark " +
                     contents.marks().all()[part.still].name + " cannot be shown");
  }
  const auto tell_first = [&](const ForgetfulList<ReelPart>& all, SectionKind kind, const std::string& what) {
    const auto& parts = all.kept();
    const auto first = std::ranges::find_if(parts, [&](const ReelPart& part) { return is_damaged(part, kind); });
    if (first == parts.end()) return;
    damage.push_back("damaged at byte " + std::to_string(first->offset) + ": " + what + " is not known from here on");
  };
  tell_first(contents.group_parts(), SectionKind::kGroupSums, "what threads and size classes allocated and freed");
  tell_first(contents.domain_peak_parts(), SectionKind::kDomainPeaks, "the peak of domains within a game frame");
  tell_first(contents.cross_thread_parts(), SectionKind::kCrossThreadFrees, "what threads freed of blocks of others");
  return damage;
}

}  // namespace heapreel
