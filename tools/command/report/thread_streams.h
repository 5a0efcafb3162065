// What each thread did, game frame by game frame, in the form that the page reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
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

 private:
  struct Thread {
    SiteStream stream;
    // Several stills may lie in one row: its last one may not have come yet.
    size_t row = 0;
    SiteChange change;
    // Of this generation.
    uint64_t live_blocks = 0;
    uint64_t live_bytes = 0;
  };

  Thread& at_row(uint32_t thread);
  void forget_generation();

  const Reel& reel_;
  GroupSumsWalk walk_;
  size_t still_ = 0;  // the next still
  size_t row_ = 0;    // the row in which it lies
  std::optional<uint32_t> generation_;
  std::map<uint32_t, Thread> threads_;
};

}  // namespace heapreel::tools
