#include "snapshot/reel/read/recorded_cross_thread_frees.h"

#include <stdexcept>

#include "snapshot/reel/read/cross_thread_walk.h"

namespace heapreel {

using Frees = std::map<uint32_t, engine::CrossThreadFrees>;

Frees RecordedCrossThreadFrees::at(size_t still) const {
  const std::string game_frame = std::to_string(contents_->own_number(contents_->stills()[still].number()));
  if (!contents_->knows_cross_thread_frees(still)) {
    throw std::invalid_argument(
        "the reel does not say which thread frees a block, up to game frame " + game_frame +
        ": it was recorded by an older heapreel, or the recording broke off before that was written");
  }
  try {
    return read(still);
  } catch (const ReelError& error) {
    throw ReelError(path_ + ": what threads freed of blocks of others up to game frame " + game_frame +
                    " cannot be shown: " + error.what());
  }
}

Frees RecordedCrossThreadFrees::read(size_t still) const {
  const auto& stills = contents_->stills();
  Frees frees;
  CrossThreadWalk walk(*input_, *contents_);
  for (uint32_t at = 0; at <= still; ++at) {
    if (!stills[at].has_state() || stills[at].sums.generation != stills[still].sums.generation) continue;
    for (const CrossThreadGrowth& row : walk.at(at)) {
      engine::CrossThreadFrees& sums = frees[row.site];
      sums.frees += row.growth.frees;
      sums.freed_bytes += row.growth.freed_bytes;
      sums.temporary_frees += row.growth.temporary_frees;
      sums.temporary_bytes += row.growth.temporary_bytes;
    }
  }
  return frees;
}

}  // namespace heapreel
