#include "tools/command/gate/percentage.h"

#include <charconv>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {

uint64_t basis_points_from(std::string_view option, const std::string& text) {
  std::string_view digits = text;
  if (digits.ends_with('%')) digits.remove_suffix(1);
  const size_t point = digits.find('.');
  const std::string_view whole = digits.substr(0, point);
  std::string fraction(point == digits.npos ? "" : digits.substr(point + 1));
  const bool has_digits = !whole.empty() && fraction.size() <= 2 && (point == digits.npos || !fraction.empty());
  while (fraction.size() < 2) fraction += '0';
  const std::string all = std::string(whole) + fraction;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(all.data(), all.data() + all.size(), number);
  if (!has_digits || error != std::errc() || end != all.data() + all.size() || number > 100'000'000) {
    throw usage_error(format("check: {}: '{}': expected a percentage such as 5% or 0.5%", option, text));
  }
  return number;
}

}  // namespace heapreel::tools
