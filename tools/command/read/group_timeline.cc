#include "tools/command/read/group_timeline.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "snapshot/budget/reel_budget_names.h"
#include "snapshot/budget/site_scopes.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"

namespace heapreel::tools {
namespace {

class Timeline {
 public:
  Timeline(const Reel& reel, const std::string& name) : reel_(reel), names_(reel), scopes_({}, names_) {
    scopes_.add(name);
    check_name(name);
    note_peaks(name);
  }

  void for_each(const std::function<bool(const GameFrameRow&)>& visit) {
    ReelWalk walk = reel_.walk();
    const auto& rows = reel_.game_frames();
    size_t next_row = 0;
    while (next_row < rows.size() && walk.next()) {
      if (walk.begins_generation()) now_.live_blocks = now_.live_bytes = 0;
      add_peak(walk.position(), walk.begins_generation());
      if (walk.still().has_state()) add_changes(walk);
      if (!walk.tells_history()) now_.allocs = now_.alloc_bytes = 0;  // as the game frame itself
      if (walk.contents().position_of_row(next_row) != walk.position()) continue;
      const GameFrameRow& row = rows[next_row++];
      if (row.merged) continue;
      now_.number = row.number;
      now_.time_ns = row.time_ns;
      now_.partial = row.partial;
      if (!visit(now_)) return;
      now_.allocs = now_.frees = now_.alloc_bytes = now_.freed_bytes = now_.reallocs = 0;
      now_.within.reset();
    }
  }

 private:
  void check_name(const std::string& name) const {
    const BudgetName& known = scopes_.name(0);
    // For a budget of code this shows only when the first site comes.
    if (known.is_of_code() || scopes_.is_known(0)) return;
    throw usage_error(
        format("frames: nothing in the reel has the name {}{}", name, nearest_hint(name, scopes_.known_names())));
  }

  // Such a name belongs to one domain.
  void note_peaks(const std::string& name) {
    constexpr std::string_view kDomain = "domain:";
    if (!name.starts_with(kDomain)) return;
    const std::string wanted = name.substr(kDomain.size());
    reel_.domain_peaks().for_each([&](size_t still, const RecordedDomainPeak& peak) {
      const auto [known, is_new] = is_wanted_.try_emplace(peak.domain, false);
      if (is_new) known->second = reel_.source()->domain_name(peak.domain) == wanted;
      if (known->second) peaks_[still] = peak.sums;
      is_peaked_ = is_peaked_ || known->second;
    });
  }

  void add_peak(size_t still, bool begins_generation) {
    if (begins_generation) peaked_bytes_ = 0;
    if (!is_peaked_ || !reel_.domain_peaks().knows(still)) return;
    engine::DomainPeak peak = {peaked_bytes_, peaked_bytes_, peaked_bytes_};
    if (const auto told = peaks_.find(still); told != peaks_.end()) peak = told->second;
    peaked_bytes_ = peak.live_bytes;
    const GameFrameRow::Within before = now_.within.value_or(GameFrameRow::Within{});
    now_.within = {std::max(before.peak_bytes, peak.peak_bytes), std::max(before.peak_bound, peak.peak_ceiling)};
  }

  void add_changes(ReelWalk& walk) {
    if (!scopes_.name(0).is_of_thread()) {
      walk.for_each_site_change([this](uint32_t site, const SiteSums& before, const SiteSums& after) {
        if (scopes_.of_site(site).empty()) return;
        add(after.allocs - before.allocs, after.alloc_bytes - before.alloc_bytes, after.frees() - before.frees(),
            (after.alloc_bytes - after.live_bytes) - (before.alloc_bytes - before.live_bytes),
            after.reallocs - before.reallocs);
      });
      return;
    }
    if (!walk.knows_groups()) {
      throw CommandError(kIncomplete,
                         format("the reel does not say what threads did up to game frame {}", walk.game_frame()));
    }
    walk.for_each_group_change(
        [this](engine::GroupId group, const engine::GroupSums& before, const engine::GroupSums& after) {
          const uint32_t thread = engine::is_size_class(group) ? UINT32_MAX : engine::thread_of(group);
          if (thread >= engine::kMostThreads || scopes_.of_thread(thread).empty()) return;
          add(after.allocs - before.allocs, after.alloc_bytes - before.alloc_bytes, after.frees - before.frees,
              after.freed_bytes - before.freed_bytes, after.reallocs - before.reallocs);
        });
  }

  void add(uint64_t allocs, uint64_t alloc_bytes, uint64_t frees, uint64_t freed_bytes, uint64_t reallocs) {
    now_.allocs += allocs;
    now_.alloc_bytes += alloc_bytes;
    now_.frees += frees;
    now_.freed_bytes += freed_bytes;
    now_.reallocs += reallocs;
    now_.live_blocks += allocs - frees;
    now_.live_bytes += alloc_bytes - freed_bytes;
  }

  const Reel& reel_;
  ReelBudgetNames names_;
  SiteScopes scopes_;
  GameFrameRow now_;
  std::map<uint32_t, bool> is_wanted_;          // by domain
  std::map<size_t, engine::DomainPeak> peaks_;  // by still, where the domain did something
  bool is_peaked_ = false;
  uint64_t peaked_bytes_ = 0;  // live at the still before
};

}  // namespace

void for_each_game_frame_of(const Reel& reel, const std::string& name,
                            const std::function<bool(const GameFrameRow&)>& visit) {
  if (name != "*") return Timeline(reel, name).for_each(visit);
  for (const GameFrameRow& row : reel.game_frames()) {
    if (!visit(row)) return;
  }
}

std::vector<GameFrameRow> game_frames_of(const Reel& reel, const std::string& name) {
  std::vector<GameFrameRow> rows;
  for_each_game_frame_of(reel, name, [&rows](const GameFrameRow& row) {
    rows.push_back(row);
    return true;
  });
  return rows;
}

}  // namespace heapreel::tools
