#include "tools/command/read/mark_spec.h"

#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"

namespace heapreel::tools {
namespace {

std::optional<uint32_t> number_of(std::string_view text) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The game frame of the n-th mark of a name; nothing when there are fewer. `found`: how many there are.
std::optional<uint32_t> nth_mark(const Reel& reel, std::string_view name, uint32_t n, uint32_t& found) {
  found = 0;
  for (const ReelMark& mark : reel.marks()) {
    if (mark.name == name && ++found == n) return mark.game_frame;
  }
  return std::nullopt;
}

// "NAME" or "NAME#2"; nothing when no mark has the name.
std::optional<uint32_t> named_mark(const Reel& reel, std::string_view text) {
  uint32_t found = 0;
  if (const auto mark = nth_mark(reel, text, 1, found)) return mark;
  const size_t hash = text.rfind('#');
  if (hash == text.npos) return std::nullopt;
  const auto n = number_of(text.substr(hash + 1));
  if (!n || *n == 0) return std::nullopt;
  const auto mark = nth_mark(reel, text.substr(0, hash), *n, found);
  if (!mark && found != 0) {
    throw usage_error(format("@mark:{}: the reel has {} of this name", text, counted(found, "mark")));
  }
  return mark;
}

}  // namespace

uint32_t game_frame_of_mark(const Reel& reel, std::string_view text) {
  if (const auto mark = named_mark(reel, text)) return *mark;
  const size_t sign = text.find_last_of("+-");
  if (sign != text.npos) {
    const auto distance = number_of(text.substr(sign + 1));
    const auto mark = distance ? named_mark(reel, text.substr(0, sign)) : std::nullopt;
    if (mark && text[sign] == '+') return *mark + std::min(*distance, UINT32_MAX - *mark);
    if (mark && *distance > *mark) {
      throw usage_error(format("@mark:{}: the mark lies in game frame {}, and there is none before 0", text, *mark));
    }
    if (mark) return *mark - *distance;
  }
  std::vector<std::string> names;
  for (const ReelMark& mark : reel.marks()) names.push_back(mark.name);
  throw usage_error(format("@mark:{}: the reel has no such mark{} ({} marks, see `heapreel info`)", text,
                           nearest_hint(text.substr(0, text.find_last_of("+#")), names), names.size()));
}

}  // namespace heapreel::tools
