// Numbers of bytes as people type them: in the environment, on the command line, in files of budgets.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace heapreel {

// Reads "4096" or "512M": digits and at most one of the suffixes K, M, G and T, which are powers of 1024. Returns
// nothing for other texts, and when the number does not fit. Allocates nothing.
inline std::optional<uint64_t> byte_count(std::string_view text) {
  constexpr std::string_view kSuffixes = "KMGT";
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view suffix = text;
  suffix.remove_prefix(static_cast<size_t>(end - text.data()));  // substr() would need the C++ runtime, to throw
  if (error != std::errc() || suffix.size() > 1) return std::nullopt;
  const size_t place = suffix.empty() ? 0 : kSuffixes.find(suffix[0]);
  if (place == std::string_view::npos) return std::nullopt;
  const size_t shift = suffix.empty() ? 0 : 10 * (place + 1);
  return number <= UINT64_MAX >> shift ? std::optional(number << shift) : std::nullopt;
}

}  // namespace heapreel
