// Text of the command: fmt, confined to this file until the compilers' own <format> is there.
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

// Formats as fmt does, but makes every text among the values printable(), because it may be the traced program's and
// hold anything. Texts of several lines, which are the command's own, are put together by `+` instead.
template <class... Values>
std::string format(fmt::format_string<Values...> text, Values&&... values) {
  return fmt::vformat(fmt::string_view(text), fmt::make_format_args(safe_argument(std::forward<Values>(values))...));
}

// The values exactly as they are: for names of files, environments, and the command's own texts of several lines. Never
// for what is shown of a program.
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
