// The names of present_functions.def, for who reports by what the game frames ended.
#pragma once

#include <cstdint>
#include <string_view>

namespace heapreel::hooks {

inline constexpr std::string_view kPresentFunctions[] = {
#define HEAPREEL_PRESENT(name, shown_on) #name,
#define HEAPREEL_LOOKUP(name, argument)
#include "hooks/game_frame/present_functions.def"
#undef HEAPREEL_PRESENT
#undef HEAPREEL_LOOKUP
};

// In place of a number in this list: the function that the user named (entry_patch.h).
inline constexpr uint32_t kFrameAtEntry = UINT32_MAX;

}  // namespace heapreel::hooks
