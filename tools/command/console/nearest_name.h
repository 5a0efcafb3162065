// "Did you mean": the known name that a mistyped one is closest to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace heapreel::tools {

// The known name that is closest to `given`, or that it is a part of. Null when there is none.
const std::string* nearest_name(std::string_view given, const std::vector<std::string>& known);

// ", did you mean 'stats'?", or nothing when no known name is close. `before` is shown before the name.
std::string nearest_hint(std::string_view given, const std::vector<std::string>& known, std::string_view before = "");

}  // namespace heapreel::tools
