#include "engine/store/domain_peaks.h"

#include <algorithm>
#include <utility>

namespace heapreel::engine {

bool DomainPeaks::make_room(DomainIndex domain) {
  if (!uses_.make_room(domain + 1)) {
    clock_.exhausted = true;
    return false;
  }
  StoreMemory::account(static_cast<ptrdiff_t>(domain + 1 - end_) * static_cast<ptrdiff_t>(sizeof(Use)));
  for (; end_ <= domain; ++end_) uses_[end_] = {};
  return true;
}

DomainPeaks::Use* DomainPeaks::use(DomainIndex domain) {
  if (domain >= end_ && !make_room(domain)) return nullptr;
  Use& use = uses_[domain];
  if (use.next_in_ring != 0) return &use;
  use.next_in_ring = std::exchange(first_in_ring_, domain);
  use.ring_start = use.highest = use.sums.live_bytes;
  if (use.next_in_round == 0) {
    use.next_in_round = std::exchange(first_in_round_, domain);
    use.round_start = use.sums.live_bytes;
    use.round_rise = 0;
    use.rings = 0;
  }
  return &use;
}

void DomainPeaks::alloc(DomainIndex domain, uint64_t size) {
  Use* const known = use(domain);
  if (known == nullptr) return;
  known->sums.live_bytes += size;
  known->highest = std::max(known->highest, known->sums.live_bytes);
}

void DomainPeaks::free(DomainIndex domain, uint64_t size) {
  if (Use* const known = use(domain); known != nullptr) known->sums.live_bytes -= size;
}

void DomainPeaks::end_ring() {
  while (first_in_ring_ != kEnd) {
    Use& use = uses_[first_in_ring_];
    first_in_ring_ = std::exchange(use.next_in_ring, 0);
    use.round_rise += use.highest - use.ring_start;
    ++use.rings;
  }
}

void DomainPeaks::end_round() {
  while (first_in_round_ != kEnd) {
    Use& use = uses_[first_in_round_];
    first_in_round_ = std::exchange(use.next_in_round, 0);
    const uint64_t ceiling = use.round_start + use.round_rise;
    const uint64_t certain = use.rings <= 1 ? ceiling : use.sums.live_bytes;
    use.sums.peak_bytes = std::max(use.sums.peak_bytes, certain);
    use.sums.peak_ceiling = std::max(use.sums.peak_ceiling, ceiling);
  }
}

void DomainPeaks::begin_game_frame() {
  for (DomainIndex domain = 1; domain < end_; ++domain) {
    DomainPeak& sums = uses_[domain].sums;
    sums.peak_bytes = sums.peak_ceiling = sums.live_bytes;
  }
}

FrozenArray<DomainPeak> DomainPeaks::freeze() {
  for (DomainIndex domain = 1; domain < end_; ++domain) {
    static constexpr DomainPeak kNothing = {};
    const DomainPeak* known = frozen_.read(domain);
    const DomainPeak& now = uses_[domain].sums;
    if (now == (known == nullptr ? kNothing : *known)) continue;
    if (DomainPeak* page = frozen_.write(domain); page != nullptr) *page = now;
  }
  return frozen_.freeze();
}

void DomainPeaks::clear() {
  StoreMemory::account(-static_cast<ptrdiff_t>(end_) * static_cast<ptrdiff_t>(sizeof(Use)));
  end_ = 0;
  first_in_ring_ = first_in_round_ = kEnd;
  frozen_.clear();
}

}  // namespace heapreel::engine
