// What the contents of a reel say about one of its states.
#pragma once

#include <cstdint>

#include "snapshot/reel/format/reel_sums.h"

namespace heapreel {

struct ReelStill {
  enum class Kind : uint8_t { kGameFrame = 0, kMerged = 1, kEnd = 2 };

  Kind kind = Kind::kGameFrame;
  ReelSums sums;
  bool is_key = false;
  uint32_t first_part = 0;  // its state sections, in ReelContents::parts()
  uint32_t part_count = 0;
  bool whole = false;  // all of its state sections are there

  // The number of the still's game frame, as the file counts game frames.
  uint32_t number() const { return kind == Kind::kEnd ? sums.game_frames : sums.game_frames - 1; }
  bool has_state() const { return kind != Kind::kMerged; }
};

// A section that is read when it is asked for.
struct ReelPart {
  uint64_t offset;
  uint32_t still;  // which it belongs to
};

}  // namespace heapreel
