#include "snapshot/budget/budget_limit.h"

namespace heapreel {

std::span<const LimitInfo> limit_table() {
  using enum BudgetFigure;
  using enum BudgetMeasure;
  static constexpr LimitInfo kTable[] = {
      {LimitKind::kAllocs, "allocs_per_game_frame", kAllocs, kMost, false},
      {LimitKind::kAllocsP99, "allocs_per_game_frame_p99", kAllocs, kP99, false},
      {LimitKind::kAllocsAverage, "allocs_per_game_frame_average", kAllocs, kAverage, false},
      {LimitKind::kAllocBytes, "alloc_bytes_per_game_frame", kAllocBytes, kMost, true},
      {LimitKind::kAllocBytesP99, "alloc_bytes_per_game_frame_p99", kAllocBytes, kP99, true},
      {LimitKind::kAllocBytesAverage, "alloc_bytes_per_game_frame_average", kAllocBytes, kAverage, true},
      {LimitKind::kFrees, "frees_per_game_frame", kFrees, kMost, false},
      {LimitKind::kFreesP99, "frees_per_game_frame_p99", kFrees, kP99, false},
      {LimitKind::kFreesAverage, "frees_per_game_frame_average", kFrees, kAverage, false},
      {LimitKind::kLiveBytes, "live_bytes", kLiveBytes, kMost, true},
      {LimitKind::kLiveBlocks, "live_blocks", kLiveBlocks, kMost, false},
      {LimitKind::kLiveBytesGrowth, "live_bytes_growth_per_100_game_frames", kLiveBytes, kGrowth, true},
      {LimitKind::kLiveBlocksGrowth, "live_blocks_growth_per_100_game_frames", kLiveBlocks, kGrowth, false},
      {LimitKind::kNewSites, "new_sites", kNewSites, kSum, false},
      {LimitKind::kBlocksLeft, "blocks_left", kBlocksLeft, kMost, false},
      {LimitKind::kBytesLeft, "bytes_left", kBytesLeft, kMost, true},
      {LimitKind::kPeakBytes, "peak_bytes", kPeakBytes, kMost, true},
  };
  return kTable;
}

const LimitInfo& limit_info(LimitKind kind) {
  return limit_table()[static_cast<size_t>(kind)];
}

}  // namespace heapreel
