// Formats the command's texts. fmt is used only in this file, until the compilers have <format>.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "tools/command/console/safe_text.h"

namespace heapreel::tools {

template <class Value>
decltype(auto) safe_argument(Value&& value) {
  if constexpr (std::is_convertible_v<Value, std::string_view>) {
    return printable(std::string_view(value));
  } else {
    return std::forward<Value>(value);
  }
}

// Formats as fmt does, but makes every text among the values printable(), because it may come from the traced program
// and hold anything. Texts of several lines, which are the command's own, are joined by `+` instead.
template <class... Values>
std::string format(fmt::format_string<Values...> text, Values&&... values) {
  return fmt::vformat(fmt::string_view(text), fmt::make_format_args(safe_argument(std::forward<Values>(values))...));
}

// Formats the values unchanged: for names of files, environments, and the command's own texts of several lines. Never
// for text of a program that is shown.
template <class... Values>
std::string format_exact(fmt::format_string<Values...> text, Values&&... values) {
  return fmt::format(text, std::forward<Values>(values)...);
}

// 18204117 -> "18,204,117".
inline std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t place = digits.size(); place > 3; place -= 3) digits.insert(place - 3, 1, ',');
  return digits;
}

// "1 alloc", "1,200 allocs": the plural of `one` ends in an s.
inline std::string counted(uint64_t number, std::string_view one) {
  return grouped(number) + " " + std::string(one) + (number == 1 ? "" : "s");
}

}  // namespace heapreel::tools
