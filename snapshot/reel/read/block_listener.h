// An object that hears of every block that a reel lists, while its game frames are replayed.
#pragma once

#include "snapshot/model/trace_set.h"

namespace heapreel {

// Blocks that came and went within one game frame are not listed in a reel: their sites count them
// (SiteChange::temporary_blocks). Rows are valid during the call; `born` is the program's own number of a game frame.
class BlockListener {
 public:
  virtual ~BlockListener() = default;

  virtual void born(const BlockRow& block) = 0;
  virtual void died(const BlockRow& block) = 0;
  // The block lived when the program cleared all traces. What became of it is not known.
  virtual void forgotten(const BlockRow& block) = 0;
};

}  // namespace heapreel
