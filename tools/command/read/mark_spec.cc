#include "tools/command/read/mark_spec.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"

namespace heapreel::tools {
namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<size_t> marks_named(const Reel& reel, std::string_view name) {
  std::vector<size_t> found;
  for (size_t mark = 0; mark < reel.marks().size(); ++mark) {
    if (reel.marks()[mark].name == name) found.push_back(mark);
  }
  return found;
}

}  // namespace

std::optional<size_t> mark_of(const Reel& reel, std::string_view text) {
  if (const auto found = marks_named(reel, text); !found.empty()) return found.front();
  const size_t hash = text.rfind('#');
  if (hash == text.npos) return std::nullopt;
  const auto which = number_of<int64_t>(text.substr(hash + 1));
  const std::vector<size_t> found = marks_named(reel, text.substr(0, hash));
  if (!which || *which == 0 || found.empty()) return std::nullopt;
  const auto count = static_cast<int64_t>(found.size());
  if (*which > count || *which < -count) {
    throw usage_error(format("@mark:{}: the reel has {} of this name", text, counted(found.size(), "mark")));
  }
  return found[static_cast<size_t>(*which > 0 ? *which - 1 : count + *which)];
}

uint32_t game_frame_of_mark(const Reel& reel, std::string_view text) {
  if (const auto mark = mark_of(reel, text)) return reel.marks()[*mark].game_frame;
  const size_t sign = text.find_last_of("+-");
  if (sign != text.npos) {
    const auto distance = number_of<uint32_t>(text.substr(sign + 1));
    const auto mark = distance ? mark_of(reel, text.substr(0, sign)) : std::nullopt;
    const uint32_t game_frame = mark ? reel.marks()[*mark].game_frame : 0;
    if (mark && text[sign] == '+') return game_frame + std::min(*distance, UINT32_MAX - game_frame);
    if (mark && *distance > game_frame) {
      throw usage_error(
          format("@mark:{}: the mark lies in game frame {}, and there is none before 0", text, game_frame));
    }
    if (mark) return game_frame - *distance;
  }
  std::vector<std::string> names;
  for (const ReelMark& mark : reel.marks()) names.push_back(mark.name);
  throw usage_error(format("@mark:{}: the reel has no such mark{} ({}, see `heapreel info`)", text,
                           nearest_hint(text.substr(0, text.find_last_of("+#")), names),
                           counted(names.size(), "mark")));
}

}  // namespace heapreel::tools
