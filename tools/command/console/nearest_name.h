// "Did you mean": the known name that a mistyped one is closest to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace heapreel::tools {

// ", did you mean 'stats'?", or nothing when no known name is close.
std::string nearest_hint(std::string_view given, const std::vector<std::string>& known);

}  // namespace heapreel::tools
