// The live blocks of one game frame, in sums that a page can hold: by birth, by size, by thread, and by address.
#pragma once

#include <cstdint>

#include <heapreel/size_histogram.h>

#include "snapshot/reel/format/reel_bytes.h"
#include "snapshot/reel/read/recorded_blocks.h"
#include "snapshot/reel/read/reel_contents.h"

namespace heapreel::tools {

// Columns of varints, each table behind its number of rows:
// - births, or none of them: site, game frame of birth (gap within a site), blocks, bytes; by site, then by game frame;
// - size classes, of the allocator where it is known, else powers of two: the largest size in it, blocks, bytes, and
//   the bytes that the allocator rounds these up by (blocks of malloc and new alone; 0 where the allocator is not
//   known);
// - threads: place, blocks, bytes;
// - cells of the address space: varint of a cell's bytes' logarithm first; gap of the cell's number, bytes in it,
//   blocks that begin in it, the site with the most bytes in it. There are at most kMostCells; cells are larger when
//   needed.
class StillBlocks {
 public:
  static constexpr size_t kMostCells = 1 << 16;

  // Returns the bytes. It needs 32 bytes of memory for each block while it works. `binning` chooses the size classes.
  // The bytes that rounding up adds are known only when these are the classes of an allocator.
  static Bytes columns_of(const RecordedBlocks& blocks, const ReelContents& contents, SizeBinning binning,
                          bool with_births);
};

}  // namespace heapreel::tools
