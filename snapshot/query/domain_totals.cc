#include <heapreel/domain_totals.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "engine/tracer/tracer.h"
#include "snapshot/query/snapshot_data.h"

namespace heapreel {
namespace {

struct Extent {
  uint64_t begin;
  uint64_t end;
  uint32_t domain;
  bool is_heap = false;
};

// Sorted so that a heap comes before the blocks in it. Of two blocks at one address malloc's comes first, because it is
// the heap of the other.
std::vector<Extent> extents_of(const SnapshotData& data) {
  std::vector<Extent> extents;
  extents.reserve(data.blocks().size());
  for (const BlockRow& block : data.blocks()) {
    if (block.address == 0) continue;  // not known: the snapshot was made by from_traces()
    extents.push_back({block.address, block.address + block.size, data.set().site(block.site).domain});
  }
  std::ranges::sort(extents, [](const Extent& a, const Extent& b) {
    return std::tuple(a.begin, ~a.end, a.domain) < std::tuple(b.begin, ~b.end, b.domain);
  });
  return extents;
}

// The nearest block of another domain around `inner`, among those that begin before it and have not ended; null when
// there is none.
Extent* heap_of(const Extent& inner, std::vector<Extent*>& open) {
  while (!open.empty() && open.back()->end <= inner.begin && open.back()->begin != inner.begin) open.pop_back();
  for (size_t i = open.size(); i-- > 0;) {
    Extent* outer = open[i];
    if (outer->domain != inner.domain && outer->end >= inner.end && outer->end > inner.begin) return outer;
  }
  return nullptr;
}

}  // namespace

std::vector<DomainTotals> domain_totals(const Snapshot& snapshot) {
  const engine::UntracedScope untraced_scope;
  const SnapshotData& data = *SnapshotData::of(snapshot);
  std::map<uint32_t, DomainTotals> totals;
  std::map<uint32_t, std::map<uint32_t, uint64_t>> heap_bytes_of;  // domain -> whose blocks its heaps are -> bytes
  std::vector<Extent> extents = extents_of(data);
  std::vector<Extent*> open;
  std::map<std::pair<uint32_t, const Extent*>, bool> counted;  // whose heap it is
  for (Extent& extent : extents) {
    DomainTotals& domain = totals[extent.domain];
    const uint64_t bytes = extent.end - extent.begin;
    ++domain.blocks;
    domain.bytes += bytes;
    if (Extent* heap = heap_of(extent, open)) {
      heap->is_heap = true;
      domain.bytes_in_heaps += bytes;
      if (!std::exchange(counted[{extent.domain, heap}], true)) {
        ++domain.heap_blocks;
        domain.heap_bytes += heap->end - heap->begin;
        heap_bytes_of[extent.domain][heap->domain] += heap->end - heap->begin;
      }
    }
    open.push_back(&extent);
  }
  for (const Extent& extent : extents) {
    if (extent.is_heap) continue;
    DomainTotals& domain = totals[extent.domain];
    ++domain.own_blocks;
    domain.own_bytes += extent.end - extent.begin;
  }
  // A domain without live blocks, such as an arena that was reset, can still have a peak.
  if (const auto peaks = data.set().domain_peaks()) {
    for (const auto& [number, peak] : *peaks) {
      if (peak.peak_ceiling == 0 && !totals.contains(number)) continue;
      totals[number].peak_bytes = peak.peak_bytes;
      totals[number].peak_bound = peak.peak_ceiling;
    }
  }
  std::vector<DomainTotals> result;
  for (auto& [number, domain] : totals) {
    domain.domain = number;
    domain.name = data.source().domain_name(number);
    const auto& by_owner = heap_bytes_of[number];
    const auto most = std::ranges::max_element(by_owner, {}, [](const auto& entry) { return entry.second; });
    if (most != by_owner.end()) domain.within = most->first;
    result.push_back(std::move(domain));
  }
  return result;
}

}  // namespace heapreel
