#include "tools/command/read/game_frame_figure.h"

#include <algorithm>
#include <vector>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

constexpr GameFrameFigure kGameFrameFigures[] = {
    {"allocs", &GameFrameRow::allocs, false},        {"frees", &GameFrameRow::frees, false},
    {"allocated", &GameFrameRow::alloc_bytes, true}, {"freed", &GameFrameRow::freed_bytes, true},
    {"live", &GameFrameRow::live_bytes, true},       {"live_blocks", &GameFrameRow::live_blocks, false},
};

}  // namespace

std::string game_frame_figure_names() {
  std::string names;
  for (const GameFrameFigure& figure : kGameFrameFigures)
    names += format("{}{}", names.empty() ? "" : ", ", figure.name);
  return names;
}

const GameFrameFigure* find_game_frame_figure(std::string_view name) {
  const auto* const found = std::ranges::find(kGameFrameFigures, name, &GameFrameFigure::name);
  return found == std::end(kGameFrameFigures) ? nullptr : found;
}

const GameFrameFigure& game_frame_figure(std::string_view where, std::string_view name) {
  if (const GameFrameFigure* const found = find_game_frame_figure(name)) return *found;
  std::vector<std::string> names;
  for (const GameFrameFigure& figure : kGameFrameFigures) names.emplace_back(figure.name);
  throw usage_error(format("{}: '{}' is not a figure of a game frame{}; the figures are {}", where, name,
                           nearest_hint(name, names), game_frame_figure_names()));
}

std::string figure_value_text(const GameFrameFigure& figure, uint64_t value) {
  return figure.is_bytes ? size_text(value) : grouped(value);
}

}  // namespace heapreel::tools
