#include "snapshot/reel/format/site_tally.h"

#include <algorithm>
#include <bit>

namespace heapreel {

using engine::SiteAggregate;

void SiteTally::died(uint64_t size, uint32_t age) {
  ++died_blocks;
  died_bytes += size;
  ++lifetimes[std::min<uint32_t>(static_cast<uint32_t>(std::bit_width(age)), SiteAggregate::kLifetimes - 1)];
}

SiteAggregate SiteTally::growth(uint64_t unlisted) const {
  SiteAggregate growth{};
  growth.live_blocks = born_blocks - died_blocks;
  growth.live_bytes = born_bytes - died_bytes;
  growth.allocs = born_blocks + unlisted;
  growth.alloc_bytes = born_bytes + unlisted * usual_size;
  growth.peak_bytes = std::max(peak_bytes, live_bytes + growth.live_bytes) - peak_bytes;
  std::ranges::copy(lifetimes, growth.lifetimes);
  growth.lifetimes[0] += unlisted;
  return growth;
}

void SiteTallies::start(Before before) {
  for (const uint32_t site : known_) tallies_[site] = {};
  known_.clear();
  before_ = std::move(before);
}

SiteTally& SiteTallies::make(uint32_t site) {
  const SiteAggregate before = before_(site);
  if (site >= tallies_.size()) tallies_.resize(site + size_t{1});
  known_.push_back(site);
  SiteTally& tally = tallies_[site];
  tally.known = true;
  tally.average_size = before.allocs == 0 ? 0 : before.alloc_bytes / before.allocs;
  tally.usual_size = tally.average_size;
  tally.live_bytes = before.live_bytes;
  tally.peak_bytes = before.peak_bytes;
  return tally;
}

bool SiteTallies::all_settled() const {
  return std::ranges::all_of(known_, [this](uint32_t site) { return tallies_[site].settled; });
}

}  // namespace heapreel
