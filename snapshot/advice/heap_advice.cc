#include "snapshot/advice/heap_advice.h"

#include <algorithm>
#include <map>

#include "snapshot/advice/page_use.h"
#include "snapshot/statistics/size_bins.h"

namespace heapreel {
namespace {

uint64_t rounded(uint64_t size) {
  return (size + ArenaAdvice::kAlignment - 1) / ArenaAdvice::kAlignment * ArenaAdvice::kAlignment;
}

// What a site did in the game frames that are looked at.
struct SiteCourse {
  struct Step {
    uint32_t game_frame;
    uint64_t blocks, bytes;
  };

  bool is_temporary = true;  // so far every block was freed in the game frame in which it was allocated
  bool has_one_size = true;  // so far
  bool knows_size = false;
  uint64_t size = 0;
  uint64_t allocs = 0, frees = 0;
  uint64_t most_live = 0;
  uint64_t capacity = 0;
  uint64_t cross_thread_blocks = 0;
  std::vector<Step> steps;  // while it is temporary

  void see_size(uint64_t of_each) {
    has_one_size &= !knows_size || of_each == size;
    size = of_each;
    knows_size = true;
  }
  void see_sizes(uint64_t blocks, uint64_t bytes) {
    if (blocks == 0) return;
    if (bytes % blocks != 0) {
      has_one_size = false;
    } else {
      see_size(bytes / blocks);
    }
  }
};

class Advisor : private BlockListener {
 public:
  Advisor(const Reel& reel, uint32_t first, uint32_t last)
      : reel_(reel), courses_(reel.source()->tables().site_count()) {
    advice_.first_game_frame = first;
    advice_.last_game_frame = last;
    advice_.knows_pages = reel.info().header.allocator == "mimalloc";
    advice_.arena.knows_threads = true;
  }

  HeapAdvice run(const std::function<void(size_t done, size_t total)>& progress) {
    choose_samples();
    const size_t rows = reel_.game_frames().size();
    ReelReplay replay = reel_.replay(this);
    while (replay.next()) {
      take(replay);
      if (progress) progress(replay.row() + 1, rows);
      game_frame_ = replay.game_frame().number;
      if (game_frame_ >= advice_.last_game_frame) {
        look_at_blocks(replay.blocks());
        break;
      }
    }
    if (progress) progress(rows, rows);
    find_arena();
    find_pools();
    find_domains();
    return std::move(advice_);
  }

 private:
  // Only blocks that outlive their game frame come here one by one; the sums of the others are added in take().
  void born(const BlockRow& block) override {
    if (tables().site(block.site).domain == 0) pages_.add(block, game_frame_ + 1);
    courses_[block.site].see_size(block.size);
  }
  void died(const BlockRow& block) override {
    if (tables().site(block.site).domain == 0) pages_.remove(block);
  }
  void forgotten(const BlockRow& block) override { died(block); }

  const ReelTables& tables() const { return reel_.source()->tables(); }

  // The samples are evenly spread over the game frames; the last game frame is the last sample.
  void choose_samples() {
    const uint32_t span = advice_.last_game_frame - advice_.first_game_frame;
    for (uint64_t i = 0; i < SparsePage::kSamples; ++i) {
      const auto at = static_cast<uint32_t>(advice_.first_game_frame + span * i / (SparsePage::kSamples - 1));
      if (advice_.sampled_game_frames.empty() || advice_.sampled_game_frames.back() != at) {
        advice_.sampled_game_frames.push_back(at);
      }
    }
  }

  void take(const ReelReplay& replay) {
    const uint32_t number = replay.game_frame().number;
    while (next_sample_ < advice_.sampled_game_frames.size() && advice_.sampled_game_frames[next_sample_] <= number) {
      pages_.sample(next_sample_++);
    }
    if (number < advice_.first_game_frame || replay.game_frame().partial) return;
    // When game frames were merged, it is not known which one freed a block.
    if (replay.first_row() != replay.row()) return;
    ++advice_.game_frames;
    advice_.arena.knows_threads &= replay.knows_cross_thread_frees();
    for (const SiteChange& change : replay.changes()) take(number, change);
  }

  void take(uint32_t number, const SiteChange& change) {
    SiteCourse& course = courses_[change.site];
    course.see_sizes(change.temporary_blocks, change.temporary_bytes);
    course.allocs += change.allocs;
    course.frees += change.frees;
    course.most_live = std::max(course.most_live, change.live_blocks);
    course.capacity = std::max(course.capacity, change.live_blocks + change.frees);
    course.cross_thread_blocks += change.cross_thread_temporary_blocks;
    if (!course.is_temporary || change.allocs == 0) return;
    if (change.temporary_blocks == change.allocs) {
      course.steps.push_back({number, change.allocs, change.alloc_bytes});
    } else {
      course.is_temporary = false;
      course.steps = {};
    }
  }

  void find_arena() {
    std::map<uint32_t, std::pair<uint64_t, uint64_t>> needs;  // by game frame: bytes, blocks
    for (uint32_t site = 0; site < courses_.size(); ++site) {
      const SiteCourse& course = courses_[site];
      if (!course.is_temporary || course.allocs == 0) continue;
      const bool is_own = course.cross_thread_blocks == 0;
      ArenaSite row{
          .site = site, .game_frames = course.steps.size(), .cross_thread_blocks = course.cross_thread_blocks};
      for (const SiteCourse::Step& step : course.steps) {
        row.blocks += step.blocks;
        row.bytes += step.bytes;
        row.most_blocks = std::max(row.most_blocks, step.blocks);
        row.most_bytes = std::max(row.most_bytes, step.bytes);
        if (!is_own) continue;
        auto& [bytes, blocks] = needs[step.game_frame];
        bytes += course.has_one_size ? rounded(course.size) * step.blocks
                                     : step.bytes + (ArenaAdvice::kAlignment - 1) * step.blocks;
        blocks += step.blocks;
      }
      (is_own ? advice_.arena.sites : advice_.arena.handed_over).push_back(row);
    }
    for (const auto& [number, need] : needs) {
      advice_.arena.blocks += need.second;
      if (need.first <= advice_.arena.capacity) continue;
      advice_.arena.capacity = need.first;
      advice_.arena.fullest_game_frame = number;
    }
    for (auto* sites : {&advice_.arena.sites, &advice_.arena.handed_over}) {
      std::ranges::stable_sort(*sites, std::ranges::greater(), &ArenaSite::blocks);
    }
  }

  void find_pools() {
    for (uint32_t site = 0; site < courses_.size(); ++site) {
      const SiteCourse& course = courses_[site];
      const bool comes_and_goes = course.allocs > 1 && course.frees > 0 && !course.is_temporary;
      if (!comes_and_goes || !course.has_one_size) continue;
      advice_.pools.push_back({.site = site,
                               .size = course.size,
                               .allocs = course.allocs,
                               .frees = course.frees,
                               .most_live = course.most_live,
                               .capacity = course.capacity});
    }
    std::ranges::stable_sort(advice_.pools, std::ranges::greater(), &PoolSite::allocs);
  }

  // Merged game frames have peaks of their own, too.
  void find_domains() {
    const ReelContents& contents = reel_.source()->contents();
    const auto& stills = contents.stills();
    const auto is_within = [&](size_t still) {
      const uint32_t number = contents.own_number(stills[still].number());
      return number >= advice_.first_game_frame && number <= advice_.last_game_frame;
    };
    size_t first = 0;
    while (first < stills.size() && !is_within(first)) ++first;
    if (first == stills.size()) return;
    std::map<uint32_t, DomainUse> uses;
    std::map<uint32_t, uint64_t> before;  // by domain: what lives when the first of them begins
    reel_.domain_peaks().for_each([&](size_t still, const RecordedDomainPeak& peak) {
      if (is_within(still)) return note_use(uses[peak.domain], contents.own_number(stills[still].number()), peak.sums);
      if (still < first && stills[still].sums.generation == stills[first].sums.generation) {
        before[peak.domain] = peak.sums.live_bytes;
      }
    });
    for (const auto& [domain, bytes] : before) {
      if (bytes != 0) note_use(uses[domain], advice_.first_game_frame, {bytes, bytes, bytes});
    }
    advice_.knows_domain_peaks = true;
    for (size_t still = first; still < stills.size() && is_within(still); ++still) {
      advice_.knows_domain_peaks &= reel_.domain_peaks().knows(still);
    }
    for (auto& [domain, use] : uses) {
      use.domain = domain;
      advice_.domains.push_back(use);
    }
  }

  static void note_use(DomainUse& use, uint32_t game_frame, const engine::DomainPeak& sums) {
    use.peak_bytes = std::max(use.peak_bytes, sums.peak_bytes);
    if (sums.peak_ceiling <= use.peak_bound) return;
    use.peak_bound = sums.peak_ceiling;
    use.fullest_game_frame = game_frame;
  }

  void look_at_blocks(const RecordedBlocks& blocks) {
    if (!advice_.knows_pages) return;
    std::map<uint32_t, RoundedSite> sites;
    blocks.for_each([&](engine::BlockId, const BlockRow& block) {
      if (tables().site(block.site).domain != 0) return;
      RoundedSite& site = sites[block.site];
      site.site = block.site;
      ++site.blocks;
      site.bytes += block.size;
      site.slack_bytes += mimalloc_block_bytes(block.size) - block.size;
    });
    for (const auto& [number, site] : sites) {
      advice_.live_bytes += site.bytes;
      advice_.slack_bytes += site.slack_bytes;
      if (site.slack_bytes != 0) advice_.rounding.push_back(site);
    }
    std::ranges::stable_sort(advice_.rounding, std::ranges::greater(), &RoundedSite::slack_bytes);
    pages_.report(blocks, tables(), advice_);
    for (PinningSite& site : advice_.pinning) site.oldest = reel_.source()->contents().own_number(site.oldest);
  }

  const Reel& reel_;
  HeapAdvice advice_;
  std::vector<SiteCourse> courses_;  // by site
  PageUse pages_;
  size_t next_sample_ = 0;
  uint32_t game_frame_ = UINT32_MAX;  // the last one that was taken in; at first one less than the first
};

}  // namespace

HeapAdvice advise(const Reel& reel, uint32_t first, uint32_t last,
                  const std::function<void(size_t done, size_t total)>& progress) {
  return Advisor(reel, first, last).run(progress);
}

}  // namespace heapreel
