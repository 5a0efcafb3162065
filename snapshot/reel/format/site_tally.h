// What the blocks in a state's change tell about their sites, so that the file need not say it again.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "snapshot/reel/format/recorded_change.h"

namespace heapreel {

// The sums of one site over one change, from the lists of blocks.
struct SiteTally {
  uint64_t born_blocks = 0;
  uint64_t born_bytes = 0;
  uint64_t died_blocks = 0;
  uint64_t died_bytes = 0;
  uint64_t usual_size = 0;  // of its blocks, as far as is known
  std::array<uint64_t, engine::SiteAggregate::kLifetimes> lifetimes{};

  // Figures from the state before.
  uint64_t average_size = 0;  // of its blocks; 0: it had none
  uint64_t live_bytes = 0;
  uint64_t peak_bytes = 0;

  bool known = false;
  bool settled = false;  // its figures were asked for

  void born(uint64_t size) {
    ++born_blocks;
    born_bytes += size;
    if (average_size == 0) usual_size = size;
  }
  // `age` in game frames.
  void died(uint64_t size, uint32_t age);

  // How much the site's figures grew, if `unlisted` blocks were born and died between the two states and nothing else
  // happened that is not in the lists.
  engine::SiteAggregate growth(uint64_t unlisted) const;
};

class SiteTallies {
 public:
  // A site's figures in the state before; may throw where there is no such site.
  using Before = std::function<engine::SiteAggregate(uint32_t site)>;

  void start(Before before);
  SiteTally& at(uint32_t site) {
    if (site < tallies_.size() && tallies_[site].known) [[likely]]
      return tallies_[site];
    return make(site);
  }
  // Whether the figures of every site that has a tally were asked for.
  bool all_settled() const;

 private:
  SiteTally& make(uint32_t site);

  Before before_;
  std::vector<SiteTally> tallies_;
  std::vector<uint32_t> known_;
};

}  // namespace heapreel
