// How long the freed blocks of each site had lived, over all generations of a recording.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "snapshot/reel/read/reel_replay.h"

namespace heapreel::tools {

// When traces are cleared, the figures of their sites are lost: they are kept here.
class SiteLifetimes {
 public:
  // Blocks by the game frames that they had lived, in classes: 0, 1, 2 to 3, 4 to 7 ... 256 and more.
  using Figures = std::array<uint64_t, engine::SiteAggregate::kLifetimes>;
  static constexpr std::string_view kNames[] = {"same",  "1",     "2-3",    "4-7",     "8-15",
                                                "16-31", "32-63", "64-127", "128-255", "256+"};

  explicit SiteLifetimes(size_t sites) : before_(sites), now_(sites) {}

  // A reel that is followed gets more sites.
  void expect_sites(size_t sites) {
    if (sites <= now_.size()) return;
    before_.resize(sites);
    now_.resize(sites);
  }

  // To be called after each ReelReplay::next().
  void take(const ReelReplay& replay) {
    if (replay.cleared()) end_generation();
    for (const SiteChange& change : replay.changes()) {
      const auto site = replay.site(change.site);
      std::ranges::copy(site.lifetimes, now_[change.site].begin());
    }
  }
  // The figures by site, up to the game frame that was taken last. No more may be taken after that.
  const std::vector<Figures>& finish() {
    end_generation();
    return before_;
  }

 private:
  void end_generation() {
    for (size_t site = 0; site < now_.size(); ++site) {
      for (size_t i = 0; i < now_[site].size(); ++i) before_[site][i] += std::exchange(now_[site][i], 0);
    }
  }

  std::vector<Figures> before_;  // of generations that have ended
  std::vector<Figures> now_;
};

}  // namespace heapreel::tools
