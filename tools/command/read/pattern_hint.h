// What patterns mean, and what a pattern that matches nothing probably meant.
#pragma once

#include <cstdint>
#include <string>

#include "tools/command/read/view_options.h"

namespace heapreel::tools {

// The language of patterns, for `help` and the manual page: lines with their newlines.
std::string pattern_notes();

// A sentence about the first pattern on the command line that matches no name of that moment: which pattern would match,
// or the nearest name. Empty when every pattern matches something.
std::string pattern_hint(const Arguments& arguments, const ViewOptions& options, const Reel& reel,
                         const Moment& moment);

}  // namespace heapreel::tools
