// What each thread did, game frame by game frame, in the form that the page reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "snapshot/reel/read/group_sums_walk.h"
#include "snapshot/reel/read/reel.h"
#include "tools/command/report/site_stream.h"

namespace heapreel::tools {

// It is not known which of a thread's blocks were temporaries. A reel that is being written says what threads did some
// game frames later than the rest.
class ThreadStreams {
 public:
  // `reel` outlives it, and may be one that is followed.
  explicit ThreadStreams(const Reel& reel) : reel_(reel), walk_(reel.group_sums().walk()) {}

  // Takes in what the reel has by now. Throws ReelError when it is damaged.
  void take_in();
  // The number of threads, the number of each thread, and their streams in columns. Empty when the reel does not say.
  Bytes columns() const;

  // The still and the row that it goes on with: what comes before them is not looked at again.
  size_t next_still() const { return is_silent() ? SIZE_MAX : still_; }
  size_t next_row() const { return is_silent() ? SIZE_MAX : row_; }
  // Whether all that the reel has so far was taken in, and by group what each did in the last generation.
  bool knows_the_end() const { return is_at_end_; }
  const std::vector<engine::GroupSums>& sums() const { return walk_.sums(); }

  // Rows before next_row() are put together (ReportRows::fold): by old row, the new one.
  void put_together(std::span<const uint32_t> places);

 private:
  struct Thread {
    SiteStream stream;
    // Several stills may lie in one row: its last one may not have come yet.
    size_t row = 0;
    SiteChange change;
    // Live blocks of this generation.
    uint64_t live_blocks = 0;
    uint64_t live_bytes = 0;
  };

  // A reel of an older version never tells.
  bool is_silent() const { return !reel_.source()->contents().has_group_sums(); }
  Thread& at_row(uint32_t thread);
  void forget_generation();

  const Reel& reel_;
  GroupSumsWalk walk_;
  size_t still_ = 0;  // the next still
  size_t row_ = 0;    // the row of the reel in which it lies
  size_t shift_ = 0;  // how many fewer rows the page has
  bool is_at_end_ = false;
  std::optional<uint32_t> generation_;
  std::map<uint32_t, Thread> threads_;
};

}  // namespace heapreel::tools
