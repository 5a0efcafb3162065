#include "snapshot/reel/read/reel_marks.h"

#include <utility>

#include <heapreel/errors.h>

namespace heapreel {

void ReelMarks::take(std::span<const uint8_t> payload, size_t stills_before) {
  ByteReader in(payload);
  ReelMark mark;
  mark.name = in.text();
  mark.sums = read_sums(in, {});
  mark.game_frame = mark.sums.game_frames;
  in.expect_end();
  marks_.push_back(std::move(mark));
  states_.emplace_back().stills_before = stills_before;
}

void ReelMarks::take_part(uint64_t offset, const SectionHeader& header) {
  if (marks_.empty() || header.still != marks_.size() - 1 || states_.back().whole) {
    throw ReelError("a state belongs to no mark");
  }
  ReelMarkState& state = states_.back();
  state.add(header, parts_.size());
  marks_.back().has_state = state.whole;
  parts_.push_back({offset, header.still});
}

ReelMarks::Start ReelMarks::start_of(size_t mark, const ForgetfulList<ReelStill>& stills) const {
  if (!states_[mark].whole) throw ReelError("the reel does not hold its state");
  if (states_[mark].is_key) return {std::nullopt, mark};
  const uint32_t generation = marks_[mark].sums.generation;
  Start start;
  for (size_t still = states_[mark].stills_before; still-- > 0 && !start.still;) {
    if (stills[still].has_state()) start.still = still;
  }
  start.first = mark;
  // The marks since that still, back to one that starts from nothing.
  for (size_t at = mark; at-- > 0 && (!start.still || states_[at].stills_before > *start.still);) {
    if (states_[at].part_count == 0) continue;
    if (!states_[at].whole) throw ReelError("the state that it starts from is not whole");
    if (marks_[at].sums.generation != generation) break;
    start.first = at;
    if (states_[at].is_key) return {std::nullopt, at};
  }
  if (!start.still || stills[*start.still].sums.generation != generation) {
    throw ReelError("no state comes before it");
  }
  return start;
}

}  // namespace heapreel
