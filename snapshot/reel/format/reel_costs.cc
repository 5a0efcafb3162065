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
    {"misses_malloc", &ReelCosts::misses_malloc},
};
constexpr std::string_view kMemory = "own_memory.";
constexpr std::string_view kOwnAllocator = "own_allocator.";  // the functions follow; the value is the kind

}  // namespace

void write_costs(ByteWriter& out, const ReelCosts& costs) {
  const bool has_own_allocator = costs.own_allocator.kind != OwnAllocator::kNone;
  out.varint(std::size(engine::kOwnMemoryParts) + std::size(kFigures) + (has_own_allocator ? 1 : 0));
  for (const engine::OwnMemoryPart& part : engine::kOwnMemoryParts) {
    out.text(std::string(kMemory) + part.key);
    out.varint(costs.own_memory.*part.bytes);
  }
  for (const Figure& figure : kFigures) {
    out.text(figure.key);
    out.varint(costs.*figure.value);
  }
  if (has_own_allocator) {
    out.text(std::string(kOwnAllocator) + costs.own_allocator.functions);
    out.varint(costs.own_allocator.kind);
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
    for (const Figure& figure : kFigures) {
      if (key == figure.key) costs.*figure.value = value;
    }
    if (key.starts_with(kOwnAllocator)) {
      costs.own_allocator.kind = value == OwnAllocator::kMayHandOn ? OwnAllocator::kMayHandOn : OwnAllocator::kUnseen;
      costs.own_allocator.functions = key.substr(kOwnAllocator.size());
    }
  }
  in.expect_end();
  return costs;
}

}  // namespace heapreel
