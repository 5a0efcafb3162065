#include "snapshot/text/fnmatch_pattern.h"

#include <optional>
#include <string>

#include "snapshot/text/utf8.h"

namespace heapreel {
namespace {

// The content of a set, cut at the hyphens that stand for a range: "a-ce-g" is {"a", "ce", "g"}, each
// neighbouring pair joined by one range. A range needs a character on both sides of its hyphen, and one
// between two hyphens.
std::vector<std::u32string> cut_at_ranges(std::u32string_view content) {
  std::vector<std::u32string> chunks;
  size_t begin = 0;
  size_t search = content[0] == '!' ? 2 : 1;
  for (size_t hyphen; (hyphen = content.find('-', search)) != content.npos; search = hyphen + 3) {
    chunks.emplace_back(content.substr(begin, hyphen - begin));
    begin = hyphen + 1;
  }
  if (begin < content.size()) {
    chunks.emplace_back(content.substr(begin));
  } else {
    chunks.back() += '-';  // a hyphen at the end is itself
  }
  return chunks;
}

// An inverted range ("z-a") matches nothing. Its two ends are dropped, and the chunks before and behind it become one.
void drop_inverted_ranges(std::vector<std::u32string>& chunks) {
  for (size_t k = chunks.size() - 1; k > 0; --k) {
    std::u32string& left = chunks[k - 1];
    if (left.back() <= chunks[k].front()) continue;
    left.pop_back();
    left += chunks[k].substr(1);
    chunks.erase(chunks.begin() + static_cast<ptrdiff_t>(k));
  }
}

// Position of the bracket that closes the set which opens before `start`.
std::optional<size_t> find_closing_bracket(std::u32string_view pattern, size_t start) {
  size_t from = start;
  if (from < pattern.size() && pattern[from] == '!') ++from;
  if (from < pattern.size() && pattern[from] == ']') ++from;  // directly after the opening it is itself
  const size_t closing = pattern.find(']', from);
  if (closing == pattern.npos) return std::nullopt;
  return closing;
}

}  // namespace

FnmatchPattern::Piece FnmatchPattern::parse_set(std::u32string_view content) {
  std::vector<std::u32string> chunks;
  if (content.find('-') == content.npos) {
    chunks.emplace_back(content);
  } else {
    chunks = cut_at_ranges(content);
    drop_inverted_ranges(chunks);
  }
  Piece set{Piece::kSet};
  // Looked for only now, as in CPython: where an inverted range vanished, what follows it may begin with "!".
  if (!chunks[0].empty() && chunks[0].front() == '!') {
    set.negated = true;
    chunks[0].erase(0, 1);
  }
  for (size_t k = 0; k < chunks.size(); ++k) {
    for (const char32_t c : chunks[k]) set.ranges.emplace_back(c, c);
    if (k == 0) continue;
    if (chunks[k - 1].empty()) {
      set.ranges.emplace_back('-', '-');  // nothing is left of it that a range could start from
    } else {
      set.ranges.emplace_back(chunks[k - 1].back(), chunks[k].front());
    }
  }
  return set;
}

FnmatchPattern::FnmatchPattern(std::string_view pattern) {
  const std::u32string text = decode_utf8(pattern);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*') {
      if (pieces_.empty() || pieces_.back().kind != Piece::kRun) pieces_.push_back({Piece::kRun});
    } else if (text[i] == '?') {
      pieces_.push_back({Piece::kAny});
    } else if (const auto closing = text[i] == '[' ? find_closing_bracket(text, i + 1) : std::nullopt) {
      pieces_.push_back(parse_set(std::u32string_view(text).substr(i + 1, *closing - i - 1)));
      i = *closing;
    } else {
      pieces_.push_back({Piece::kLiteral, false, text[i]});
    }
  }
}

bool FnmatchPattern::Piece::accepts(char32_t code_point) const {
  if (kind == kLiteral) return code_point == literal;
  if (kind == kAny) return true;
  for (const auto& [first, last] : ranges) {
    if (first <= code_point && code_point <= last) return !negated;
  }
  return negated;
}

bool FnmatchPattern::matches(std::string_view name) const {
  // Only the last run needs to be reconsidered: what an earlier one took more of, the last one can take as
  // well.
  size_t piece = 0;
  std::optional<size_t> last_run;
  std::string_view after_run;  // where the last run ends for now
  while (!name.empty()) {
    if (piece < pieces_.size() && pieces_[piece].kind == Piece::kRun) {
      last_run = piece++;
      after_run = name;
      continue;
    }
    std::string_view rest = name;
    if (piece < pieces_.size() && pieces_[piece].accepts(take_code_point(rest))) {
      ++piece;
      name = rest;
      continue;
    }
    if (!last_run) return false;
    take_code_point(after_run);
    name = after_run;
    piece = *last_run + 1;
  }
  while (piece < pieces_.size() && pieces_[piece].kind == Piece::kRun) ++piece;
  return piece == pieces_.size();
}

}  // namespace heapreel
