#include "tools/command/text/cost_text.h"

#include <algorithm>
#include <vector>

#include "tools/command/console/format.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {

std::string own_memory_line(const engine::OwnMemory& memory) {
  if (memory.total() == 0) return "";
  std::vector<engine::OwnMemoryPart> parts(std::begin(engine::kOwnMemoryParts), std::end(engine::kOwnMemoryParts));
  std::ranges::stable_sort(parts, std::ranges::greater(), [&](const auto& part) { return memory.*part.bytes; });
  std::string text = "  own memory ";
  for (const engine::OwnMemoryPart& part : parts) {
    if (memory.*part.bytes == 0) continue;
    text += format(" {} {}  ", part.name, size_text(memory.*part.bytes));
  }
  while (text.back() == ' ') text.pop_back();
  return text + '\n';
}

std::string by_timer_text(const ReelCosts& costs) {
  if (costs.clock_period_ms == 0) return "";
  return format(" by a timer of {} ms, as the program marked none", costs.clock_period_ms);
}

std::string late_game_frames_line(const ReelCosts& costs) {
  if (costs.late_game_frames == 0) return "";
  return format(
      "{} game frames of the timer ended late, the longest after {:.0f} ms instead of {}, because the machine was busy "
      "or the program made more events than could be stored in time\n",
      grouped(costs.late_game_frames), static_cast<double>(costs.longest_game_frame_ns) / 1e6, costs.clock_period_ms);
}

}  // namespace heapreel::tools
