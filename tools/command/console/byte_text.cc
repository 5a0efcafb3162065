#include "tools/command/console/byte_text.h"

#include <charconv>

namespace heapreel::tools {

std::optional<uint64_t> bytes_from(std::string_view text) {
  constexpr std::string_view kSuffixes = "KMGT";
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view suffix = text.substr(static_cast<size_t>(end - text.data()));
  if (error != std::errc() || suffix.size() > 1) return std::nullopt;
  const size_t place = suffix.empty() ? 0 : kSuffixes.find(suffix[0]);
  if (place == std::string_view::npos) return std::nullopt;
  const size_t shift = suffix.empty() ? 0 : 10 * (place + 1);
  return number <= UINT64_MAX >> shift ? std::optional(number << shift) : std::nullopt;
}

}  // namespace heapreel::tools
