#include "hooks/game_frame/entry_patch.h"

namespace heapreel::hooks {

bool frames_end_at_entry() noexcept {
  return false;
}

}  // namespace heapreel::hooks
