// The rows of the page's timeline: a game frame each, or, of a long recording that is followed, several.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "snapshot/reel/format/reel_info.h"

namespace heapreel::tools {

// One game frame; or several that follow each other, with the number, the time and what lives of the last of them, and
// the sums of all.
struct ReportRow : GameFrameRow {
  uint32_t game_frames = 1;
  // The most allocations, and the most allocated bytes, in any one of the row's game frames.
  uint64_t most_allocs = 0;
  uint64_t most_alloc_bytes = 0;
};

// One thread. Rows ascend by their numbers. `reel row`: the position of a game frame in Reel::game_frames().
class ReportRows {
 public:
  // How many rows there may be. The newest `single` game frames are always a row each, and half as many more may be; older
  // ones are put together so that `steps` rows are enough for them, and one more for each row that has to stay.
  struct Limits {
    size_t single = SIZE_MAX;
    size_t steps = SIZE_MAX;
  };

  ReportRows() = default;
  explicit ReportRows(Limits limits) : limits_(limits) {}

  // The next game frame of the reel.
  void add(const GameFrameRow& row);
  size_t reel_rows() const { return shift_ + rows_.size(); }
  // Where a game frame is that is a row of its own.
  size_t row_of(size_t reel_row) const { return reel_row - shift_; }

  // Whether there are so many rows that older game frames have to be put together.
  bool is_full() const {
    return limits_.single < SIZE_MAX && rows_.size() - folded_ >= limits_.single + limits_.single / 2;
  }
  // Puts them together, but none at `before` or after it. A row in `kept`, which ascend, goes on to end with its own game
  // frame. Returns for each old row in which new one it is.
  std::vector<uint32_t> fold(size_t before, std::span<const size_t> kept);

  const std::vector<ReportRow>& all() const { return rows_; }
  size_t size() const { return rows_.size(); }
  const ReportRow& operator[](size_t row) const { return rows_[row]; }

 private:
  Limits limits_;
  std::vector<ReportRow> rows_;
  size_t shift_ = 0;   // how many fewer rows there are than game frames
  size_t folded_ = 0;  // the rows that were put together, or looked at for it: those in front
};

}  // namespace heapreel::tools
