// What the judge of budgets found.
#pragma once

#include <cstdint>
#include <optional>

namespace heapreel {

// Sums of one name up to some moment: what was done since the generation began, and what lives at that moment.
struct BudgetSums {
  uint64_t allocs = 0;
  uint64_t alloc_bytes = 0;
  uint64_t frees = 0;
  uint64_t live_bytes = 0;
  uint64_t live_blocks = 0;
};

struct LimitVerdict {
  enum class State : uint8_t {
    kKept,
    kBroken,
    kNotJudged,  // no value is known to exceed it, but not all values could be looked at
  };

  State state = State::kKept;
  // The figure that is compared with the limit: the worst of all game frames, or the only one.
  uint64_t value = 0;
  uint64_t worst = 0;                   // the highest figure of a game frame
  std::optional<uint64_t> latest = {};  // the figure in the last game frame; nothing where it is not known
  uint64_t judged = 0;                  // values that were compared
  uint64_t game_frames_over = 0;        // game frames that exceed the limit, each by itself
  uint32_t first_game_frame = 0;        // the first of them
  uint32_t worst_game_frame = 0;        // the one with the highest value
  uint32_t from_game_frame = 0;         // for what is left: the first in which the blocks were born
};

struct BudgetVerdict {
  bool broken = false;
  bool seen = false;      // something has its name
  uint64_t judged = 0;    // game frames
  uint64_t unknown = 0;   // game frames that could not be judged
  bool complete = false;  // every limit was judged in every game frame that it applies to
};

}  // namespace heapreel
