#include "snapshot/reel/format/reel_costs.h"

#include <iterator>
#include <string>
#include <string_view>

namespace heapreel {
namespace {

struct Figure {
  const char* key;
  uint64_t ReelCosts::*value;
};
constexpr Figure kFigures[] = {
    {"clock_period_ms", &ReelCosts::clock_period_ms},
    {"late_game_frames", &ReelCosts::late_game_frames},
    {"longest_game_frame_ns", &ReelCosts::longest_game_frame_ns},
};
constexpr std::string_view kMemory = "own_memory.";
constexpr std::string_view kGameFramesBy = "game_frames_by.";

}  // namespace

void write_costs(ByteWriter& out, const ReelCosts& costs) {
  out.varint(std::size(engine::kOwnMemoryParts) + std::size(kFigures) + (costs.game_frames_by.empty() ? 0 : 1));
  for (const engine::OwnMemoryPart& part : engine::kOwnMemoryParts) {
    out.text(std::string(kMemory) + part.key);
    out.varint(costs.own_memory.*part.bytes);
  }
  for (const Figure& figure : kFigures) {
    out.text(figure.key);
    out.varint(costs.*figure.value);
  }
  if (!costs.game_frames_by.empty()) {
    out.text(std::string(kGameFramesBy) + costs.game_frames_by);
    out.varint(1);
  }
}

ReelCosts read_costs(ByteReader& in) {
  ReelCosts costs;
  for (size_t left = in.count(2); left > 0; --left) {
    const std::string_view key = in.text();
    const uint64_t value = in.varint();
    for (const engine::OwnMemoryPart& part : engine::kOwnMemoryParts) {
      if (key == std::string(kMemory) + part.key) costs.own_memory.*part.bytes = value;
    }
    if (key.starts_with(kGameFramesBy)) costs.game_frames_by = key.substr(kGameFramesBy.size());
    for (const Figure& figure : kFigures) {
      if (key == figure.key) costs.*figure.value = value;
    }
  }
  in.expect_end();
  return costs;
}

}  // namespace heapreel
