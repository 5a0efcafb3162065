#include <heapreel/domain_totals.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/tracer/tracer.h"
#include "snapshot/model/block_subset.h"
#include "snapshot/query/snapshot_data.h"

namespace heapreel {
namespace {

struct Extent {
  uint64_t begin;
  uint64_t end;
  uint32_t domain;
  bool is_heap = false;

  uint64_t bytes() const { return end - begin; }
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

// Adds up what lies where.
class Totals {
 public:
  explicit Totals(const SnapshotData& data) : data_(data), extents_(extents_of(data)) { note_declared(); }

  // Address and domain of each block that is a heap.
  std::set<std::pair<uint64_t, uint32_t>> heaps() {
    look();
    std::set<std::pair<uint64_t, uint32_t>> heaps;
    for (const Extent& extent : extents_) {
      if (extent.is_heap) heaps.insert({extent.begin, extent.domain});
    }
    return heaps;
  }

  std::vector<DomainTotals> take() {
    look();
    add_own();
    add_peaks();
    return result();
  }

 private:
  void look() {
    std::vector<Extent*> open;
    for (Extent& extent : extents_) {
      add_block(extent, open);
      open.push_back(&extent);
    }
    add_declared_heaps();
  }

  // The program says so of blocks that the snapshot has; a filter may have left some out.
  void note_declared() {
    for (const HeapRow& row : data_.set().heaps()) {
      // Not ranges::equal_range, which clang 14 cannot compile with GCC's library.
      auto extent = std::ranges::lower_bound(extents_, row.address, {}, &Extent::begin);
      for (; extent != extents_.end() && extent->begin == row.address; ++extent) {
        if (extent->domain != row.domain) continue;
        declared_[&*extent].insert(row.heap_of);
        has_heaps_.insert(row.heap_of);
      }
    }
  }

  bool is_heap_of(Extent* heap, uint32_t domain) const {
    const auto found = declared_.find(heap);
    return found != declared_.end() && found->second.contains(domain);
  }

  void add_block(const Extent& extent, std::vector<Extent*>& open) {
    DomainTotals& domain = totals_[extent.domain];
    const uint64_t bytes = extent.bytes();
    ++domain.blocks;
    domain.bytes += bytes;
    Extent* const heap = heap_of(extent, open);
    if (heap != nullptr) {
      heap->is_heap = true;
      domain.bytes_in_heaps += bytes;
      add_heap(extent.domain, *heap);
      if (declared_.contains(heap) && !is_heap_of(heap, extent.domain)) shared_.insert(heap);
    }
    if (!has_heaps_.contains(extent.domain)) return;
    const bool is_inside = std::ranges::any_of(open, [&](Extent* outer) {
      return outer->end >= extent.end && outer->end > extent.begin && is_heap_of(outer, extent.domain);
    });
    if (is_inside) return;
    ++domain.outside_blocks;
    domain.outside_bytes += bytes;
  }

  // Once for each domain that has blocks in it.
  void add_heap(uint32_t of, const Extent& heap) {
    if (!counted_.insert({of, &heap}).second) return;
    ++totals_[of].heap_blocks;
    totals_[of].heap_bytes += heap.bytes();
    heap_bytes_of_[of][heap.domain] += heap.bytes();
  }

  void add_declared_heaps() {
    for (const auto& [heap, domains] : declared_) {
      heap->is_heap = true;
      for (const uint32_t domain : domains) {
        add_heap(domain, *heap);
        ++totals_[domain].declared_heaps;
        totals_[domain].shared_heaps += domains.size() > 1 || shared_.contains(heap) ? 1 : 0;
      }
    }
  }

  void add_own() {
    for (const Extent& extent : extents_) {
      if (extent.is_heap) continue;
      DomainTotals& domain = totals_[extent.domain];
      ++domain.own_blocks;
      domain.own_bytes += extent.bytes();
    }
  }

  // A domain without live blocks, such as an arena that was reset, can still have a peak.
  void add_peaks() {
    const auto peaks = data_.set().domain_peaks();
    if (!peaks) return;
    for (const auto& [number, peak] : *peaks) {
      if (peak.peak_ceiling == 0 && !totals_.contains(number)) continue;
      totals_[number].peak_bytes = peak.peak_bytes;
      totals_[number].peak_bound = peak.peak_ceiling;
    }
  }

  std::vector<DomainTotals> result() {
    std::vector<DomainTotals> result;
    for (auto& [number, domain] : totals_) {
      domain.domain = number;
      domain.name = data_.source().domain_name(number);
      const auto& by_owner = heap_bytes_of_[number];
      const auto most = std::ranges::max_element(by_owner, {}, [](const auto& entry) { return entry.second; });
      if (most != by_owner.end()) domain.within = most->first;
      result.push_back(std::move(domain));
    }
    return result;
  }

  const SnapshotData& data_;
  std::vector<Extent> extents_;
  std::map<Extent*, std::set<uint32_t>> declared_;  // blocks, and whose heaps the program says they are
  std::set<uint32_t> has_heaps_;                    // domains of which it says so of any
  std::set<Extent*> shared_;                        // in which blocks of other domains lie
  std::map<uint32_t, DomainTotals> totals_;
  std::map<uint32_t, std::map<uint32_t, uint64_t>> heap_bytes_of_;  // domain -> whose blocks its heaps are -> bytes
  std::set<std::pair<uint32_t, const Extent*>> counted_;            // whose heap it is
};

}  // namespace

std::vector<DomainTotals> domain_totals(const Snapshot& snapshot) {
  const engine::UntracedScope untraced_scope;
  return Totals(*SnapshotData::of(snapshot)).take();
}

Snapshot without_heaps(const Snapshot& snapshot) {
  const engine::UntracedScope untraced_scope;
  const SnapshotData& data = *SnapshotData::of(snapshot);
  const auto heaps = Totals(data).heaps();
  const auto is_own = [&](const BlockRow& block) {
    return !heaps.contains({block.address, data.set().site(block.site).domain});
  };
  return SnapshotData::make_snapshot(std::make_shared<const BlockSubset>(data.shared_set(), is_own),
                                     snapshot.traceback_limit(), snapshot.skip_list(), data.recursion());
}

}  // namespace heapreel
