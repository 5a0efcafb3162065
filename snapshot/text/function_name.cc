#include "snapshot/text/function_name.h"

#include <cctype>
#include <optional>
#include <string>

namespace heapreel {

namespace {

using namespace std::string_view_literals;

// Longer operators come before their beginnings.
constexpr std::string_view kOperators[] = {"()",     "[]",        "<=>",  "->*",     "<<=",      ">>=", "->", "<<",
                                           ">>",     "<=",        ">=",   "==",      "!=",       "&&",  "||", "++",
                                           "--",     "+=",        "-=",   "*=",      "/=",       "%=",  "^=", "&=",
                                           "|=",     "+",         "-",    "*",       "/",        "%",   "^",  "&",
                                           "|",      "~",         "!",    "=",       "<",        ">",   ",",  "\"\" ",
                                           " new[]", " delete[]", " new", " delete", " co_await"};

bool is_word_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
}

// Walks over a demangled name, bracket by bracket.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}

  // The position where the name begins; nothing when the brackets do not match.
  std::optional<size_t> find_name() {
    size_t name = 0;
    for (; at_ < text_.size(); ++at_) {
      if (begins_operator() && !pass_operator() && open_.empty()) return name;
      if (at_ == text_.size()) break;
      if (open_.empty() && text_[at_] == ' ' && separates()) name = at_ + 1;
      if (!pass_bracket()) return std::nullopt;
    }
    return open_.empty() ? std::optional(name) : std::nullopt;
  }

 private:
  char before() const { return at_ == 0 ? ' ' : text_[at_ - 1]; }
  std::string_view rest() const { return text_.substr(at_); }

  bool begins_operator() const {
    constexpr std::string_view kWord = "operator";
    if (!rest().starts_with(kWord) || is_word_char(before())) return false;
    return at_ + kWord.size() < text_.size() && !is_word_char(text_[at_ + kWord.size()]);
  }

  // Stops behind the operator's symbol. False for a conversion, whose name is all that comes.
  bool pass_operator() {
    at_ += "operator"sv.size();
    for (const std::string_view symbol : kOperators) {
      if (!rest().starts_with(symbol)) continue;
      at_ += symbol.size();
      return true;
    }
    return false;
  }

  // Whether the space here stands between a type, or a part of one, and the thing that has that type.
  bool separates() const {
    const std::string_view next = text_.substr(at_ + 1);
    // Behind parameters: those of a member function, a copy that the compiler made, an array. And "operator< <int>".
    for (const std::string_view more : {"&"sv, "["sv, "(."sv, "<"sv}) {
      if (next.starts_with(more)) return false;
    }
    for (const std::string_view qualifier : {"const"sv, "volatile"sv}) {
      if (!next.starts_with(qualifier)) continue;
      return next.size() > qualifier.size() && is_word_char(next[qualifier.size()]);
    }
    return !next.empty();
  }

  // This is not the less-than sign of "(4)<(9)".
  bool begins_list() const { return before() != ')' || text_.substr(0, at_).ends_with("operator()"); }

  // False when it closes what was not opened.
  bool pass_bracket() {
    switch (const char c = text_[at_]) {
      case '(':
      case '[':
      case '{':
        open_ += c;
        return true;
      case ')':
        return close('(');
      case ']':
        return close('[');
      case '}':
        return close('{');
      case '<':
        if (begins_list()) open_ += c;
        return true;
      case '>':
        if (before() != '-' && open_.ends_with('<')) open_.pop_back();
        return true;
      default:
        return true;
    }
  }

  // Closes the bracket with everything that looked like the beginning of a list and is a comparison.
  bool close(char opening) {
    const size_t opened = open_.find_last_not_of('<');
    if (opened == std::string::npos || open_[opened] != opening) return false;
    open_.resize(opened);
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string open_;  // the brackets around what is at `at_`
};

// What lies between the parenthesis at the beginning of `text` and its match; nothing when the name goes on behind it,
// as in "(anonymous namespace)::".
std::optional<std::string_view> enclosed(std::string_view text) {
  if (!text.starts_with('(')) return std::nullopt;
  size_t depth = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '(') ++depth;
    if (text[at] != ')' || --depth != 0) continue;
    if (text.substr(at + 1).starts_with("::")) return std::nullopt;
    return text.substr(1, at - 1);
  }
  return std::nullopt;
}

// What a declarator such as "*name", "&name" or "Class::*name" points to; nothing for other declarators.
std::optional<std::string_view> pointed_to(std::string_view declarator) {
  const size_t sign = declarator.find_first_of("*&(<");
  if (sign == std::string_view::npos || (declarator[sign] != '*' && declarator[sign] != '&')) return std::nullopt;
  const size_t name = declarator.find_first_not_of("*& ", sign);
  return name == std::string_view::npos ? std::nullopt : std::optional(declarator.substr(name));
}

}  // namespace

std::string_view without_return_type(std::string_view function) {
  for (std::string_view name = function;;) {
    const std::optional<size_t> begin = Walk(name).find_name();
    if (!begin) return function;
    name.remove_prefix(*begin);
    const std::optional<std::string_view> declarator = enclosed(name);
    const std::optional<std::string_view> inner = declarator ? pointed_to(*declarator) : std::nullopt;
    if (!inner) return name;
    name = *inner;
  }
}

}  // namespace heapreel
