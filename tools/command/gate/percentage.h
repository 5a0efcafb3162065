// Percentages as people type them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace heapreel::tools {

// "5%", "0.5%" or "5", in hundredths of a percent. Throws a usage error that names the option.
uint64_t basis_points_from(std::string_view option, const std::string& text);

}  // namespace heapreel::tools
