// What the judge of budgets found.
#pragma once

#include <cstdint>
#include <optional>

namespace heapreel {

// Sums of one name up to some moment: of what was done, since the generation began; of what lives, then.
struct BudgetSums {
  uint64_t allocs = 0;
  uint64_t alloc_bytes = 0;
  uint64_t frees = 0;
  uint64_t live_bytes = 0;
  uint64_t live_blocks = 0;
};

// How much lived at once within a game frame: something between the two, which are equal while one thread is at it.
struct BudgetPeak {
  uint64_t bytes = 0;
  uint64_t bound = 0;
};

struct LimitVerdict {
  enum class State : uint8_t {
    kKept,
    kBroken,
    kNotJudged,  // nothing is known to be over it, but not all could be looked at
  };

  State state = State::kKept;
  // The figure that is compared with the limit: the worst of all game frames, or the one that there is.
  uint64_t value = 0;
  uint64_t worst = 0;                   // the figure in the game frame that has most of it
  uint64_t bound = 0;                   // the most that the value may have been; where it is exact, the value
  std::optional<uint64_t> latest = {};  // the figure in the last game frame; nothing where it is not known
  uint64_t judged = 0;                  // values that were compared
  uint64_t undecided = 0;               // of these, not known well enough to be over the limit or not
  uint64_t game_frames_over = 0;        // each compared for itself, those that are over
  uint32_t first_game_frame = 0;        // of them
  uint32_t worst_game_frame = 0;        // with the highest value
  uint32_t from_game_frame = 0;         // of what is left: the first in which the blocks were born
};

struct BudgetVerdict {
  bool broken = false;
  bool seen = false;      // something has its name
  uint64_t judged = 0;    // game frames
  uint64_t unknown = 0;   // game frames that could not be judged
  bool complete = false;  // every limit was judged in all that it applies to
};

}  // namespace heapreel
