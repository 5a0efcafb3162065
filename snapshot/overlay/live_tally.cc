#include "snapshot/overlay/live_tally.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

#include <heapreel/skip_list.h>

#include "snapshot/budget/budget_limit.h"
#include "snapshot/model/group_label.h"
#include "snapshot/text/bare_function.h"

namespace heapreel {
namespace {

using engine::FrozenTraces;
using engine::SiteAggregate;

constexpr uint32_t kNoPlace = UINT32_MAX;

// Copies a name, which is cut at a whole character.
void copy_name(char (&to)[GameFrameFigures::kNameBytes], std::string_view name) {
  size_t length = std::min(name.size(), sizeof to - 1);
  if (length < name.size()) {
    while (length > 0 && (static_cast<unsigned char>(name[length]) & 0xc0) == 0x80) --length;
  }
  std::memcpy(to, name.data(), length);
  to[length] = '\0';
}

// "game.cc:115"; the folders are left out.
std::string place_text(const Frame& frame) {
  const std::string whole = frame.to_string();
  const size_t folder = whole.rfind('/');
  return folder == std::string::npos ? whole : whole.substr(folder + 1);
}

}  // namespace

LiveTally::LiveTally(const engine::TracerState& tracer)
    : watch_(tracer, BudgetPlan{}), picker_(SkipList::for_native_code()) {}

void LiveTally::begin_generation() {
  for (Domain& domain : domains_) domain.live_blocks = domain.live_bytes = 0;
  std::ranges::fill(place_of_site_, kNoPlace);
}

void LiveTally::add(const FrozenTraces* before, const FrozenTraces& after, uint32_t game_frames,
                    const TracebackSource& source) {
  const bool comparable = before != nullptr && before->generation == after.generation;
  for (Domain& domain : domains_) domain.now = {};
  for (const uint32_t place : busy_places_) places_[place].now = {};
  busy_places_.clear();
  if (comparable) {
    FrozenTraces::for_each_site_difference(
        *before, after, [&](engine::SiteId site, const SiteAggregate* old_site, const SiteAggregate* new_site) {
          add_site(site, old_site, new_site, *after.sites, source);
        });
  } else {
    begin_generation();
    after.for_each_site([&](engine::SiteId site, const SiteAggregate& all) {
      // Only the live blocks count, because it is not known when they were allocated.
      add_site(site, nullptr, &all, *after.sites, source);
    });
    for (Domain& domain : domains_) domain.now = {};
    for (const uint32_t place : busy_places_) places_[place].now = {};
    busy_places_.clear();
  }
  judge(comparable ? before : nullptr, after, game_frames);

  sums_.game_frame = after.game_frame == 0 ? 0 : after.own_number(after.game_frame - 1);
  sums_.game_frames = comparable ? game_frames : 0;
  sums_.live_blocks = after.totals.live_blocks;
  sums_.live_bytes = after.totals.live_bytes;
  sums_.peak_bytes = after.totals.peak_bytes;
  const engine::Totals& from = comparable ? before->totals : after.totals;
  sums_.allocs = after.totals.allocs - from.allocs;
  sums_.alloc_bytes = after.totals.alloc_bytes - from.alloc_bytes;
  sums_.frees = after.totals.frees - from.frees;
  sums_.freed_bytes = (after.totals.alloc_bytes - after.totals.live_bytes) - (from.alloc_bytes - from.live_bytes);
  if (sums_.game_frames == 0) return;
  if (sums_.past_count == GameFrameFigures::kPast) {
    std::copy(sums_.past_allocs + 1, sums_.past_allocs + GameFrameFigures::kPast, sums_.past_allocs);
    --sums_.past_count;
  }
  sums_.past_allocs[sums_.past_count++] =
      static_cast<float>(static_cast<double>(sums_.allocs) / static_cast<double>(sums_.game_frames));
}

void LiveTally::add_site(uint32_t site, const SiteAggregate* before, const SiteAggregate* after,
                         const engine::SiteTable& sites, const TracebackSource& source) {
  static constexpr SiteAggregate kNothing{};
  const SiteAggregate& old_sums = before != nullptr ? *before : kNothing;
  const SiteAggregate& new_sums = after != nullptr ? *after : kNothing;
  const engine::SiteKey& key = sites.at(site);
  Domain& owner = domain(key.domain, source);
  owner.live_blocks += new_sums.live_blocks - old_sums.live_blocks;
  owner.live_bytes += new_sums.live_bytes - old_sums.live_bytes;
  const Sums born{new_sums.allocs - old_sums.allocs, new_sums.alloc_bytes - old_sums.alloc_bytes};
  if (born.allocs == 0) return;
  owner.now.allocs += born.allocs;
  owner.now.alloc_bytes += born.alloc_bytes;
  const uint32_t number = place_of(site, key.traceback, source);
  Place& place = places_[number];
  if (place.now.allocs == 0) busy_places_.push_back(number);
  place.now.allocs += born.allocs;
  place.now.alloc_bytes += born.alloc_bytes;
}

LiveTally::Domain& LiveTally::domain(uint32_t number, const TracebackSource& source) {
  if (number >= domains_.size()) {
    domains_.resize(number + 1);
    shown_domains_.reserve(domains_.size());
  }
  Domain& found = domains_[number];
  if (found.name.empty()) found.name = source.domain_name(number);
  return found;
}

uint32_t LiveTally::place_of(uint32_t site, uint32_t traceback, const TracebackSource& source) {
  if (site >= place_of_site_.size())
    place_of_site_.resize(std::max<size_t>(site + 1, 2 * place_of_site_.size()), kNoPlace);
  uint32_t& number = place_of_site_[site];
  if (number != kNoPlace) return number;
  const Frame& frame = picker_.pick(source.traceback(traceback));
  const auto [known, is_new] = place_numbers_.try_emplace(frame, static_cast<uint32_t>(places_.size()));
  if (is_new) {
    places_.push_back({std::string(bare_function(function_label(frame))), place_text(frame), {}});
    busy_places_.reserve(places_.capacity());
  }
  return number = known->second;
}

// When game frames were left out, or traces cleared, the judge is told that the counts of this game frame are not
// known.
void LiveTally::judge(const FrozenTraces* before, const FrozenTraces& after, uint32_t game_frames) {
  if (after.game_frame == 0) return;  // no game frame has ended
  if (before == nullptr || !watches_) {
    watch_.on_generation_end(after);
    watches_ = true;
    watch_.on_game_frame(nullptr, after);
    return;
  }
  if (game_frames != 1) watch_.on_merged_game_frame(after);
  watch_.on_game_frame(before, after);
}

void LiveTally::write(GameFrameFigures& figures) {
  const GameFrameFigures::State state = figures.state;
  figures = sums_;
  figures.state = state;
  write_domains(figures);
  write_sites(figures);
  write_budgets(figures);
}

void LiveTally::write_domains(GameFrameFigures& figures) {
  shown_domains_.clear();
  for (uint32_t number = 0; number < domains_.size(); ++number) {
    const Domain& domain = domains_[number];
    if (domain.live_blocks != 0 || domain.now.allocs != 0) shown_domains_.push_back(number);
  }
  std::ranges::sort(shown_domains_, [this](uint32_t a, uint32_t b) {
    return domains_[a].live_bytes != domains_[b].live_bytes ? domains_[a].live_bytes > domains_[b].live_bytes : a < b;
  });
  for (const uint32_t number : shown_domains_) {
    const Domain& domain = domains_[number];
    if (figures.domain_count == GameFrameFigures::kMostDomains) {
      ++figures.other_domains;
      figures.other_domains_bytes += domain.live_bytes;
      continue;
    }
    GameFrameFigures::Domain& row = figures.domains[figures.domain_count++];
    copy_name(row.name, domain.name);
    row.live_blocks = domain.live_blocks;
    row.live_bytes = domain.live_bytes;
    row.allocs = domain.now.allocs;
    row.alloc_bytes = domain.now.alloc_bytes;
  }
}

void LiveTally::write_sites(GameFrameFigures& figures) {
  const size_t shown = std::min<size_t>(busy_places_.size(), GameFrameFigures::kMostSites);
  std::partial_sort(busy_places_.begin(), busy_places_.begin() + static_cast<ptrdiff_t>(shown), busy_places_.end(),
                    [this](uint32_t a, uint32_t b) {
                      const Sums &of_a = places_[a].now, &of_b = places_[b].now;
                      if (of_a.allocs != of_b.allocs) return of_a.allocs > of_b.allocs;
                      return of_a.alloc_bytes != of_b.alloc_bytes ? of_a.alloc_bytes > of_b.alloc_bytes : a < b;
                    });
  for (size_t i = 0; i < shown; ++i) {
    const Place& place = places_[busy_places_[i]];
    GameFrameFigures::Site& row = figures.sites[figures.site_count++];
    copy_name(row.function, place.function);
    copy_name(row.place, place.place);
    row.allocs = place.now.allocs;
    row.alloc_bytes = place.now.alloc_bytes;
  }
  for (size_t i = shown; i < busy_places_.size(); ++i) {
    ++figures.other_sites;
    figures.other_sites_allocs += places_[busy_places_[i]].now.allocs;
  }
}

void LiveTally::write_budgets(GameFrameFigures& figures) {
  const BudgetJudge& judge = watch_.judge();
  shown_budgets_.clear();
  for (size_t number = 0; number < judge.budgets().size(); ++number) {
    const Budget& budget = judge.budgets()[number];
    for (const BudgetLimit& limit : budget.limits) {
      const LimitVerdict verdict = judge.verdict(number, limit.kind);
      const LimitInfo& info = limit_info(limit.kind);
      GameFrameFigures::Budget row{};
      copy_name(row.name, budget.name);
      row.figure = info.name.data();
      row.is_bytes = info.is_bytes;
      row.is_known = verdict.latest.has_value();
      row.value = verdict.latest.value_or(0);
      row.most = limit.most;
      row.game_frames_over = verdict.game_frames_over;
      row.worst = verdict.worst;
      row.worst_game_frame = verdict.worst_game_frame;
      shown_budgets_.push_back(row);
    }
  }
  for (const bool over : {true, false}) {
    for (const GameFrameFigures::Budget& row : shown_budgets_) {
      if ((row.game_frames_over != 0) != over) continue;
      if (figures.budget_count == GameFrameFigures::kMostBudgets) {
        ++figures.other_budgets;
      } else {
        figures.budgets[figures.budget_count++] = row;
      }
    }
  }
}

}  // namespace heapreel
