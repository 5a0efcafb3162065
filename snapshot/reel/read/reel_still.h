// What the contents of a reel say about one of its states.
#pragma once

#include <cstddef>
#include <cstdint>

#include <heapreel/errors.h>

#include "snapshot/reel/format/reel_format.h"
#include "snapshot/reel/format/reel_section.h"
#include "snapshot/reel/format/reel_sums.h"

namespace heapreel {

// Where the sections of one state are, of a still or of a mark.
struct ReelStateParts {
  bool is_key = false;      // it starts from nothing; otherwise from a state before it
  uint32_t first_part = 0;  // of its sections, in the list that they are in
  uint32_t part_count = 0;
  bool whole = false;  // all of its sections are there

  // Its next section, the `place`th of the list. Throws ReelError when it contradicts those before it.
  void add(const SectionHeader& header, size_t place) {
    if (part_count == 0) {
      first_part = static_cast<uint32_t>(place);
      is_key = header.has(reel_format::kKeyStill);
    } else if (is_key != header.has(reel_format::kKeyStill)) {
      throw ReelError("a state contradicts itself");
    }
    ++part_count;
    whole = !header.has(reel_format::kContinued);
  }
};

struct ReelStill : ReelStateParts {  // its parts are in ReelContents::parts()
  enum class Kind : uint8_t { kGameFrame = 0, kMerged = 1, kEnd = 2 };

  Kind kind = Kind::kGameFrame;
  ReelSums sums;

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
