#include "tools/command/watch/still_file.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "snapshot/reel/read/reel_follower.h"
#include "tools/command/console/format.h"
#include "tools/command/console/joined.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/text/record_gaps.h"

namespace heapreel::tools {
namespace {

std::string path_beside(const std::string& reel, uint64_t game_frame) {
  constexpr std::string_view kSuffix = ".reel";
  const std::string stem = reel.ends_with(kSuffix) ? reel.substr(0, reel.size() - kSuffix.size()) : reel;
  return format_exact("{}.{}.still", stem, game_frame);
}

// The recorder reads the same clock of this machine.
std::optional<double> seconds_since(const ReelTraceSet& still, const ReelInfo& info) {
  if (!info.being_written) return std::nullopt;
  const std::chrono::nanoseconds now = std::chrono::steady_clock::now().time_since_epoch();
  const auto then = static_cast<int64_t>(still.sums().time_ns);
  return static_cast<double>(std::max<int64_t>(now.count() - then, 0)) / 1e9;
}

}  // namespace

StillFile write_still(const std::string& reel_path, const SymbolizerOptions& symbols, std::string path,
                      bool overwrite) {
  ReelOptions options;
  options.symbols = symbols;
  // It reads no states except those that make up the last one.
  const ReelFollower follower(reel_path, std::move(options));
  const Reel& reel = follower.reel();
  const auto last = reel.at_end();
  const auto number = static_cast<uint32_t>(last->game_frame());
  if (path.empty()) path = path_beside(reel_path, last->game_frame());
  std::error_code error;
  if (!overwrite && std::filesystem::exists(path, error)) {
    throw ReelError(joined({path, ": exists already: name another file, or overwrite it with -f"}));
  }
  reel.snapshot_at(number).dump(path);
  return {.path = std::move(path),
          .game_frame = last->game_frame(),
          .game_frame_name = game_frame_name(reel, number),
          .number = reel.program_numbers().any() ? std::optional(reel.program_numbers().of(number)) : std::nullopt,
          .live_bytes = last->sums().totals.live_bytes,
          .live_blocks = last->sums().totals.live_blocks,
          .seconds_ago = seconds_since(*last, reel.info()),
          .gaps = gaps(reel.info()),
          .being_written = reel.info().being_written};
}

}  // namespace heapreel::tools
