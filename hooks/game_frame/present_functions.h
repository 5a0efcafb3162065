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

}  // namespace heapreel::hooks
