#include "snapshot/text/bare_function.h"

#include <optional>

#include "snapshot/text/function_name.h"

namespace heapreel {
namespace {

constexpr std::string_view kOperator = "operator";

// The place behind the bracket that closes the one at `open`; nothing where none does.
std::optional<size_t> end_of_brackets(std::string_view text, size_t open) {
  size_t depth = 0;
  for (size_t at = open; at < text.size(); ++at) {
    if (text[at] == '(') ++depth;
    if (text[at] == ')' && --depth == 0) return at + 1;
  }
  return std::nullopt;
}

// Whether the "<" or ">" at `at` belongs to the name of an operator.
bool is_of_operator(std::string_view text, size_t at) {
  while (at > 0 && (text[at - 1] == '<' || text[at - 1] == '>' || text[at - 1] == '-')) --at;
  return text.substr(0, at).ends_with(kOperator);
}

// "name.cold", "name.constprop.0": copies and parts of a function that the compiler made.
std::string_view without_copy(std::string_view name) {
  for (const std::string_view mark :
       {".cold", ".constprop.", ".isra.", ".part.", ".lto_priv.", ".llvm.", ".localalias"}) {
    if (const size_t at = name.find(mark); at != name.npos && at != 0) name = name.substr(0, at);
  }
  return name;
}

}  // namespace

std::string_view bare_function(std::string_view function) {
  const std::string_view name = without_return_type(function);
  size_t depth = 0;  // of template arguments, and of the braces around a lambda
  for (size_t at = 0; at < name.size(); ++at) {
    if (name[at] == '{') ++depth;
    if (name[at] == '}' && depth != 0) --depth;
    if (name[at] == '<' && !is_of_operator(name, at)) ++depth;
    if (name[at] == '>' && depth != 0 && !is_of_operator(name, at)) --depth;
    if (name[at] != '(' || depth != 0) continue;
    const auto end = end_of_brackets(name, at);
    if (!end) return without_copy(name);
    const std::string_view rest = name.substr(*end);
    const bool is_call_operator = name.substr(0, at).ends_with(kOperator) && name.substr(at, 2) == "()";
    const bool encloses = rest.starts_with("::") || rest.starts_with(" const::");
    if (!is_call_operator && !encloses) return without_copy(name.substr(0, at));
    at = *end - 1;
  }
  return without_copy(name);
}

std::string_view last_part_of_function(std::string_view bare) {
  size_t depth = 0;
  size_t begin = 0;
  for (size_t at = 0; at + 1 < bare.size(); ++at) {
    const char c = bare[at];
    if (c == '(' || c == '{' || (c == '<' && !is_of_operator(bare, at))) ++depth;
    if (depth != 0 && (c == ')' || c == '}' || (c == '>' && !is_of_operator(bare, at)))) --depth;
    if (depth == 0 && c == ':' && bare[at + 1] == ':') begin = at + 2;
  }
  return bare.substr(begin);
}

}  // namespace heapreel
