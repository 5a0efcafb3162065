// The names in present_functions.def, for reporting which function ended the game frames.
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

// Stands in place of a number of this list for the function that the user named (entry_patch.h).
inline constexpr uint32_t kFrameAtEntry = UINT32_MAX;

}  // namespace heapreel::hooks
