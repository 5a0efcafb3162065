// What one site did, game frame by game frame, in few bytes: the page reads it from the front to any row.
#pragma once

#include <cstddef>
#include <cstdint>

#include "snapshot/reel/format/reel_bytes.h"
#include "snapshot/reel/read/reel_replay.h"

namespace heapreel::tools {

// A record is: varint head = 4 x the rows since the record before (of the first: the row plus one), plus 1 when reallocs
// follow, plus 2 when forgotten blocks follow. Then varints: allocs; alloc bytes; zigzag(frees - allocs);
// zigzag(freed bytes - alloc bytes); allocs that were no temporaries; their bytes; then, as the head says, reallocs;
// forgotten blocks and bytes. A head of 0 is followed by a varint n: the record before comes n times more.
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
