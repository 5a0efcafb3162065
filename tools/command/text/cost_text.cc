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

std::string game_frames_by_text(const ReelCosts& costs) {
  if (costs.game_frames_by == "program") return " by the program's own marks";
  if (!costs.game_frames_by.empty() && costs.game_frames_by != "timer") return format(" by {}", costs.game_frames_by);
  // Older reels say only by its period that there was a timer.
  if (costs.clock_period_ms == 0) return "";
  return format(" by a timer of {} ms, as the program marked none and showed no pictures", costs.clock_period_ms);
}

std::string late_game_frames_line(const ReelCosts& costs) {
  if (costs.late_game_frames == 0) return "";
  return format(
      "{} of the timer ended late, the longest after {:.0f} ms instead of {}, because the machine was busy "
      "or the program made more events than could be stored in time\n",
      counted(costs.late_game_frames, "game frame"), static_cast<double>(costs.longest_game_frame_ns) / 1e6,
      costs.clock_period_ms);
}

}  // namespace heapreel::tools
