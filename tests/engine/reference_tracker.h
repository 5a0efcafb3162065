// The oracle: what the engine promises, by one lock and one map. Every call mirrors one of the engine's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <tuple>
#include <vector>

namespace heapreel::engine::testing {

class ReferenceTracker {
 public:
  using Stack = std::vector<uintptr_t>;
  using Place = std::pair<uint32_t, uintptr_t>;            // domain, address
  using SiteName = std::tuple<uint32_t, uint32_t, Stack>;  // domain, scope, most recent frame first

  struct Block {
    size_t size = 0;
    uint32_t thread = 0;  // kernel id
    uint32_t scope = 0;
    Stack stack;
    uint32_t born = 0;  // game frame; set by the tracker
    auto operator<=>(const Block&) const = default;
  };
  struct Site {
    uint64_t live_blocks = 0, live_bytes = 0, allocs = 0, alloc_bytes = 0, reallocs = 0;
    auto operator<=>(const Site&) const = default;
  };

  struct Group {
    uint64_t allocs = 0, alloc_bytes = 0, frees = 0, freed_bytes = 0, reallocs = 0;
    auto operator<=>(const Group&) const = default;
  };

  // Frees by another thread than the one that allocated.
  struct CrossThread {
    uint64_t frees = 0, freed_bytes = 0, temporary_frees = 0, temporary_bytes = 0;
    auto operator<=>(const CrossThread&) const = default;
  };

  // Bytes of a domain: those that live, and the most that did in this game frame.
  struct Domain {
    uint64_t live_bytes = 0, peak_bytes = 0;
  };

  // The power of two that holds so many bytes, by counting: 0 for none, 1 for 1, 2 for 2, 3 for 3 and 4, ...
  static uint32_t size_class(uint64_t bytes) {
    if (bytes == 0) return 0;
    uint32_t number = 1;
    for (uint64_t most = 1; most < bytes; most *= 2) ++number;
    return number;
  }

  void alloc(Place place, const Block& block) {
    std::lock_guard guard(mutex_);
    if (on_) birth(place, block);
  }
  void free(Place place, uint32_t thread) {
    std::lock_guard guard(mutex_);
    if (!on_) return;
    if (live_.count(place) != 0) {
      death(place, thread);
    } else {
      ++untracked_frees;
    }
  }
  void move(Place from, Place to, const Block& block) {
    std::lock_guard guard(mutex_);
    if (!on_) return;
    if (live_.count(from) != 0) {
      death(from, block.thread);
      ++reallocs;
      ++sites[{to.first, block.scope, block.stack}].reallocs;
      ++threads[block.thread].reallocs;
      ++size_classes[size_class(block.size)].reallocs;
    } else {
      ++untracked_frees;
    }
    birth(to, block);
  }
  void reset_range(uint32_t domain, uintptr_t base, size_t bytes, uint32_t thread) {
    std::lock_guard guard(mutex_);
    for (auto at = live_.lower_bound({domain, base}); at != live_.end() && at->first < Place{domain, base + bytes};) {
      death((at++)->first, thread);
    }
  }

  // Whether there is such a block, which is memory of `domain` from now on.
  bool heap(Place place, uint32_t domain) {
    std::lock_guard guard(mutex_);
    if (!on_) return true;
    if (live_.count(place) == 0) return false;
    heaps.insert({place, domain});
    return true;
  }

  void start() { on_ = true; }
  void stop() {
    on_ = false;
    clear();
  }
  void clear() {
    live_.clear();
    sites.clear();
    threads.clear();
    size_classes.clear();
    cross_thread.clear();
    domains.clear();
    heaps.clear();
    current = peak = allocs = frees = reallocs = alloc_bytes = 0;
  }
  void forget_everything() {
    stop();
    inferred_frees = untracked_frees = 0;
    game_frame_ = 0;
  }
  void end_game_frame() {
    ++game_frame_;
    for (auto& [domain, sums] : domains) sums.peak_bytes = sums.live_bytes;
  }
  void reset_peak() { peak = current; }

  const std::map<Place, Block>& live() const { return live_; }

  // Sums of the current generation.
  uint64_t current = 0, peak = 0, allocs = 0, frees = 0, reallocs = 0, alloc_bytes = 0;
  std::map<SiteName, Site> sites;
  std::map<uint32_t, Group> threads;  // by kernel id, of who allocated the block
  std::map<uint32_t, Group> size_classes;
  std::map<SiteName, CrossThread> cross_thread;  // sites that have any
  std::map<uint32_t, Domain> domains;
  std::set<std::pair<Place, uint32_t>> heaps;  // and whose memory they are
  // Since the beginning.
  uint64_t inferred_frees = 0, untracked_frees = 0;

 private:
  static constexpr uint32_t kUnseen = 0;  // no thread's number

  Site& site_of(Place place, const Block& block) { return sites[{place.first, block.scope, block.stack}]; }

  void birth(Place place, const Block& block) {
    if (live_.count(place) != 0) {
      death(place, kUnseen);
      ++inferred_frees;
    }
    live_[place] = block;
    live_[place].born = game_frame_;
    Site& site = site_of(place, block);
    ++site.live_blocks;
    ++site.allocs;
    site.live_bytes += block.size;
    site.alloc_bytes += block.size;
    for (Group* group : {&threads[block.thread], &size_classes[size_class(block.size)]}) {
      ++group->allocs;
      group->alloc_bytes += block.size;
    }
    ++allocs;
    alloc_bytes += block.size;
    current += block.size;
    Domain& domain = domains[place.first];
    domain.live_bytes += block.size;
    domain.peak_bytes = std::max(domain.peak_bytes, domain.live_bytes);
    peak = std::max(peak, current);
  }
  void death(Place place, uint32_t thread) {
    const Block& block = live_.at(place);
    heaps.erase(heaps.lower_bound({place, 0}), heaps.upper_bound({place, UINT32_MAX}));
    if (thread != block.thread) {
      CrossThread& cross = cross_thread[{place.first, block.scope, block.stack}];
      ++cross.frees;
      cross.freed_bytes += block.size;
      cross.temporary_frees += block.born == game_frame_ ? 1 : 0;
      cross.temporary_bytes += block.born == game_frame_ ? block.size : 0;
    }
    Site& site = site_of(place, block);
    --site.live_blocks;
    site.live_bytes -= block.size;
    for (Group* group : {&threads[block.thread], &size_classes[size_class(block.size)]}) {
      ++group->frees;
      group->freed_bytes += block.size;
    }
    ++frees;
    current -= block.size;
    domains[place.first].live_bytes -= block.size;
    live_.erase(place);
  }

  std::mutex mutex_;
  bool on_ = false;
  uint32_t game_frame_ = 0;
  std::map<Place, Block> live_;
};

}  // namespace heapreel::engine::testing
