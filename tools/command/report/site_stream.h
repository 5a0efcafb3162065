// What one site did, game frame by game frame, in few bytes. The page reads it from the front up to any row.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "snapshot/reel/format/reel_bytes.h"
#include "snapshot/reel/read/reel_replay.h"

namespace heapreel::tools {

// A record is: varint head = 32 x (the rows since the record before, less one; of the first: the row) plus a bit for
// each pair of varints that follows, in this order: 1, blocks born that outlived the game frame, and their bytes; 2,
// temporaries and their bytes; 4, older blocks freed and their bytes; 8, reallocs and 0; 16, forgotten blocks and their
// bytes. A head of 0 is followed by a varint n: the record before comes n times more.
class SiteStream {
 public:
  // Rows ascend strictly.
  void add(size_t row, const SiteChange& change);
  // The stream of everything that was added so far. More may be added afterwards.
  const Bytes& finish();
  // Rows are put together: by old row, the new one.
  void put_together(std::span<const uint32_t> places);

  // Reads the site's live bytes from its stream, going on from row to row.
  class Cursor {
   public:
    // The live bytes after `row`, which is not before that of the call before. `bytes` is what finish() returned.
    uint64_t live_bytes_after(size_t row, const Bytes& bytes);

   private:
    size_t at_ = 0;        // in the bytes
    size_t next_row_ = 0;  // one more than the last record's
    size_t gap_ = 0;       // rows between two records that are the same, less one
    uint64_t growth_ = 0;  // of one record, modulo 2^64
    uint64_t left_ = 0;    // how many such records were read and lie after the row
    uint64_t live_bytes_ = 0;
  };

 private:
  // Blocks and bytes of the pairs of a record, in their order.
  using Parts = std::array<std::pair<uint64_t, uint64_t>, 5>;

  void add(size_t row, const Parts& parts);
  void put_repeats();

  Bytes bytes_;
  Bytes last_;  // the record that was added last
  uint64_t repeats_ = 0;
  size_t next_row_ = 0;  // one more than the last
};

}  // namespace heapreel::tools
