// What one site did, game frame by game frame, in few bytes: the page reads it from the front to any row.
#pragma once

#include <cstddef>
#include <cstdint>

#include "snapshot/reel/format/reel_bytes.h"
#include "snapshot/reel/read/reel_replay.h"

namespace heapreel::tools {

// A record is: varint head = 32 x (the rows since the record before, less one; of the first: the row) plus a bit for each
// pair of varints that follows, in this order: 1, blocks born that outlived the game frame, and their bytes; 2, temporaries
// and their bytes; 4, older blocks freed and their bytes; 8, reallocs and 0; 16, forgotten blocks and their bytes. A head of
// 0 is followed by a varint n: the record before comes n times more.
class SiteStream {
 public:
  // Rows ascend strictly.
  void add(size_t row, const SiteChange& change);
  // The stream, whole; nothing is added after that.
  const Bytes& finish();

 private:
  void put_repeats();

  Bytes bytes_;
  Bytes last_;  // the record that was added last
  uint64_t repeats_ = 0;
  size_t next_row_ = 0;  // one more than the last
};

}  // namespace heapreel::tools
