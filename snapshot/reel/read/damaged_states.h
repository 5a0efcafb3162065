// Which states of a reel are damaged.
#pragma once

#include <string>
#include <vector>

#include "snapshot/reel/read/reel_contents.h"
#include "snapshot/reel/read/reel_input.h"

namespace heapreel {

// Returns one sentence for each piece of damage. Only checksums are compared here; contents are checked when a state is
// shown. States that are stored as differences to a damaged one are lost with it, and the same sentence names them.
std::vector<std::string> damaged_states(const ReelInput& input, const ReelContents& contents);

}  // namespace heapreel
