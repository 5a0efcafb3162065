// The limits that a budget may have, in one table, which the budget file, the judge and the reports use.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace heapreel {

// What is counted under a budget's name.
enum class BudgetFigure : uint8_t {
  kAllocs,      // in one game frame
  kAllocBytes,  // in one game frame
  kFrees,       // in one game frame
  kLiveBytes,   // at the end of a game frame
  kLiveBlocks,  // at the end of a game frame
  kNewSites,    // call sites that allocate for the first time
  kBlocksLeft,  // born between two marks, and alive at the second
  kBytesLeft,   // likewise
};

// Which of a figure's values over the game frames is compared with the limit.
enum class BudgetMeasure : uint8_t {
  kMost,     // each one
  kP99,      // the value that 99 of 100 game frames do not exceed
  kAverage,  // their sum over their number
  kSum,      // their sum
  kGrowth,   // the least value of 100 game frames, less the least of the 100 before
};

enum class LimitKind : uint8_t {
  kAllocs,
  kAllocsP99,
  kAllocsAverage,
  kAllocBytes,
  kAllocBytesP99,
  kAllocBytesAverage,
  kFrees,
  kFreesP99,
  kFreesAverage,
  kLiveBytes,
  kLiveBlocks,
  kLiveBytesGrowth,
  kLiveBlocksGrowth,
  kNewSites,
  kBlocksLeft,
  kBytesLeft,
};

struct LimitInfo {
  LimitKind kind;
  std::string_view name;  // in a file of budgets
  BudgetFigure figure;
  BudgetMeasure measure;
  bool is_bytes;
};

// One for each kind, in the order of the kinds.
std::span<const LimitInfo> limit_table();
const LimitInfo& limit_info(LimitKind kind);

struct BudgetLimit {
  LimitKind kind;
  uint64_t most;
  uint32_t line = 0;  // of its file; 0: none

  friend bool operator==(const BudgetLimit&, const BudgetLimit&) = default;
};

}  // namespace heapreel
