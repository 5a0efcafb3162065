// The live blocks of one game frame, in sums that a page can hold: by birth, by size, by thread, and by address.
#pragma once

#include <cstdint>

#include "snapshot/reel/format/reel_bytes.h"
#include "snapshot/reel/read/recorded_blocks.h"
#include "snapshot/reel/read/reel_contents.h"

namespace heapreel::tools {

// Columns of varints, each table behind its number of rows:
// - births, or none of them: site, game frame of birth (gap within a site), blocks, bytes; by site, then by game frame;
// - size classes: class (heapreel::size_class_of), blocks, bytes;
// - threads: place, blocks, bytes;
// - cells of the address space: varint of a cell's bytes' logarithm first; gap of the cell's number, bytes in it, blocks
//   that begin in it, the site with the most bytes in it. There are at most kMostCells; cells are larger when needed.
class StillBlocks {
 public:
  static constexpr size_t kMostCells = 1 << 16;

  // Returns what is written; memory of 32 bytes a block while it works.
  static Bytes columns_of(const RecordedBlocks& blocks, const ReelContents& contents, bool with_births);
};

}  // namespace heapreel::tools
