// tracemalloc's statistics worked out the slow, obvious way: block by block, in maps, with nothing shared, remembered
// or numbered. What the library answers is compared with it.
#pragma once

#include <heapreel/heapreel.h>

#include <vector>

#include "snapshot/model/trace_set.h"

namespace heapreel::testing {

struct PlainBlock {
  BlockRow block;
  SiteRow site;
  Traceback traceback;
  std::string tag;
};

// All blocks of a set, with all that is known of them.
struct PlainBlocks {
  explicit PlainBlocks(const TraceSet& set);

  // What passes, by Filter::matches() on each block.
  PlainBlocks filtered(const std::vector<TraceFilter>& filters) const;

  std::vector<Statistic> statistics(KeyType key, bool cumulative, const SkipList& skip_list) const;
  std::vector<StatisticDiff> compare_to(const PlainBlocks& old, KeyType key, bool cumulative,
                                        const SkipList& skip_list) const;

  std::shared_ptr<const TracebackSource> source;
  std::vector<PlainBlock> blocks;
};

}  // namespace heapreel::testing
