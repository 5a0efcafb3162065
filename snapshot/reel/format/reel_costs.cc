#include "snapshot/reel/format/reel_costs.h"

#include <charconv>
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
constexpr std::string_view kGameFramesBy = "game_frames_by.";
constexpr std::string_view kStrayFrees = "stray_frees.";      // two numbers of tracebacks follow; the value is a count
constexpr std::string_view kOwnAllocator = "own_allocator.";  // the functions follow; the value is the kind

std::string key_of(const engine::StrayFree& stray) {
  std::string key = std::string(kStrayFrees) + std::to_string(stray.freed_at);
  if (stray.allocated_at != engine::StrayFree::kNotKnown) key += "." + std::to_string(stray.allocated_at);
  return key;
}

// Takes a number from the beginning of `text`.
uint32_t take_number(std::string_view& text) {
  uint32_t number = engine::StrayFree::kNotKnown;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return engine::StrayFree::kNotKnown;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

engine::StrayFree stray_free_of(std::string_view key, uint64_t count) {
  engine::StrayFree stray = {.count = count};
  stray.freed_at = take_number(key);
  if (key.starts_with('.')) {
    key.remove_prefix(1);
    stray.allocated_at = take_number(key);
  }
  return stray;
}

}  // namespace

void write_costs(ByteWriter& out, const ReelCosts& costs) {
  const bool has_own_allocator = costs.own_allocator.kind != OwnAllocator::kNone;
  out.varint(std::size(engine::kOwnMemoryParts) + std::size(kFigures) + (has_own_allocator ? 1 : 0) +
             (costs.game_frames_by.empty() ? 0 : 1) + costs.stray_frees.size());
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
  for (const engine::StrayFree& stray : costs.stray_frees) {
    out.text(key_of(stray));
    out.varint(stray.count);
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
    if (key.starts_with(kGameFramesBy)) costs.game_frames_by = key.substr(kGameFramesBy.size());
    if (key.starts_with(kStrayFrees)) {
      costs.stray_frees.push_back(stray_free_of(key.substr(kStrayFrees.size()), value));
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
