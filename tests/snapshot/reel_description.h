// All that a reel says, as text, one fact a line.
#pragma once

#include <string>

#include "snapshot/reel/read/reel.h"

namespace heapreel::testing {

std::string describe(const Reel& reel);

}  // namespace heapreel::testing
