#include "snapshot/budget/budget_watch.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/consolidate/tracer_state.h"

namespace heapreel {

using engine::FrozenTraces;
using engine::GroupId;
using engine::GroupSums;
using engine::SiteAggregate;
using engine::SiteId;

namespace {

BudgetSums sums_of(const SiteAggregate* site) {
  if (site == nullptr) return {};
  return {site->allocs, site->alloc_bytes, site->frees(), site->live_bytes, site->live_blocks};
}

BudgetSums sums_of(const GroupSums* group) {
  if (group == nullptr) return {};
  return {group->allocs, group->alloc_bytes, group->frees, group->live_bytes(), group->allocs - group->frees};
}

}  // namespace

std::string BudgetWatch::Names::tag_of(uint32_t site) const {
  return std::string(tracer_.scopes->name_of(sites_->at(site).scope));
}

std::string BudgetWatch::Names::domain_of(uint32_t site) const {
  return std::string(tracer_.domains->name_of(sites_->at(site).domain));
}

std::string BudgetWatch::Names::thread(uint32_t thread) const {
  return std::string(tracer_.threads->name_of(thread));
}

std::vector<std::string> BudgetWatch::Names::all() const {
  std::vector<std::string> names;
  const auto add = [&names](const auto& table, std::string_view prefix) {
    for (uint32_t place = 0; place < table.count(); ++place) {
      const auto* const entry = table.at(place);
      if (entry != nullptr && entry->text[0] != '\0') names.push_back(std::string(prefix) + std::string(entry->view()));
    }
  };
  add(*tracer_.scopes, "");
  add(*tracer_.domains, "domain:");
  add(*tracer_.threads, "thread:");
  return names;
}

BudgetWatch::BudgetWatch(const engine::TracerState& tracer, BudgetPlan plan)
    : tracer_(tracer),
      declared_start_(std::move(plan.start)),
      names_(tracer),
      judge_(std::move(plan.budgets), std::move(plan.ignores), names_) {}

void BudgetWatch::on_game_frame(const FrozenTraces* before, const FrozenTraces& after) {
  const bool comparable = before != nullptr && before->generation == after.generation;
  names_.look_at(after.sites);
  take_declared(comparable ? before : nullptr);
  if (!judge_.budgets().empty()) add_changes(comparable ? before : nullptr, after);
  follow_clock(after);
  judge_.end_game_frame(after.own_number(after.game_frame - 1), blocks_of(after));
}

// The boundaries that the timer made were not the program's own. What was judged by them is dropped, and everything
// that these game frames allocated belongs to the game frame that ends now.
void BudgetWatch::follow_clock(const FrozenTraces& state) {
  if (state.makeshift_game_frames == makeshift_game_frames_) return;
  makeshift_game_frames_ = state.makeshift_game_frames;
  judge_.restart();
}

void BudgetWatch::add_changes(const FrozenTraces* before, const FrozenTraces& after) {
  if (before != nullptr) {
    FrozenTraces::for_each_site_difference(
        *before, after, [this](SiteId site, const SiteAggregate* old_site, const SiteAggregate* new_site) {
          judge_.change_site(site, sums_of(old_site), sums_of(new_site));
        });
    FrozenTraces::for_each_group_difference(
        *before, after, [this](GroupId group, const GroupSums* old_sums, const GroupSums* new_sums) {
          if (engine::is_size_class(group)) return;
          judge_.change_thread(engine::thread_of(group), sums_of(old_sums), sums_of(new_sums));
        });
    return;
  }
  after.for_each_site([this](SiteId site, const SiteAggregate& all) { judge_.change_site(site, {}, sums_of(&all)); });
  after.for_each_group([this](GroupId group, const GroupSums& all) {
    if (!engine::is_size_class(group)) judge_.change_thread(engine::thread_of(group), {}, sums_of(&all));
  });
}

// Reads the program's memory, in which the program may have written anything.
void BudgetWatch::take_declared(const FrozenTraces* before) {
  const engine::BudgetTable& table = *tracer_.budgets;
  bool any_new = false;
  for (uint32_t place = 0; place < std::min(table.count(), engine::BudgetTable::kMost); ++place) {
    const char* const name = table.name(place);
    if (name == nullptr) continue;
    const engine::BudgetLimits limits = table.limits(place);
    const auto known = std::ranges::find(declared_, place, &Declared::place);
    if (known == declared_.end()) {
      const std::string_view text(name, strnlen(name, engine::BudgetTable::kNameBytes));
      declared_.push_back({place, judge_.budgets().size(), limits});
      judge_.declare(declared_budget(text, limits, declared_start_));
      any_new = true;
    } else if (!(known->limits == limits)) {
      known->limits = limits;
      const std::string& text = judge_.budgets()[known->budget].name;
      judge_.replace(known->budget, declared_budget(text, limits, declared_start_));
    }
  }
  if (any_new && before != nullptr) stand_on(*before);
}

void BudgetWatch::stand_on(const FrozenTraces& state) {
  judge_.begin_standing();
  state.for_each_site([this](SiteId site, const SiteAggregate& all) { judge_.stand(site, sums_of(&all)); });
  state.for_each_group([this](GroupId group, const GroupSums& all) {
    if (!engine::is_size_class(group)) judge_.stand_thread(engine::thread_of(group), sums_of(&all));
  });
}

BudgetJudge::VisitBlocks BudgetWatch::blocks_of(const FrozenTraces& state) const {
  return [&state](const std::function<void(const BudgetJudge::LiveBlock&)>& visit) {
    state.for_each_block([&](engine::BlockId, const engine::Record& record) {
      visit({record.site, record.thread, record.size, state.own_number(record.born)});
    });
  };
}

void BudgetWatch::on_mark(const std::string& name, const FrozenTraces& sums) {
  judge_.pass_mark(name, sums.own_number(sums.game_frame));
}

void BudgetWatch::on_merged_game_frame(const FrozenTraces& sums) {
  follow_clock(sums);
  judge_.miss_game_frame(sums.own_number(sums.game_frame - 1));
}

// What the generation did since its last state is known only as a sum.
void BudgetWatch::on_generation_end(const FrozenTraces&) {
  judge_.begin_generation(true);
}

void BudgetWatch::begin_after(const FrozenTraces& state) {
  names_.look_at(state.sites);
  take_declared(&state);
  follow_clock(state);
}

std::optional<SiteId> BudgetWatch::top_site(const BudgetJudge::Breach& breach, const FrozenTraces* before,
                                            const FrozenTraces& after) {
  const BudgetFigure figure = limit_info(breach.limit.kind).figure;
  std::optional<SiteId> top;
  uint64_t most = 0;
  const auto look_at = [&](SiteId site, const BudgetSums& old_sums, const BudgetSums& new_sums) {
    uint64_t value = 0;
    switch (figure) {
      case BudgetFigure::kAllocs:
        value = new_sums.allocs - old_sums.allocs;
        break;
      case BudgetFigure::kAllocBytes:
        value = new_sums.alloc_bytes - old_sums.alloc_bytes;
        break;
      case BudgetFigure::kFrees:
        value = new_sums.frees - old_sums.frees;
        break;
      case BudgetFigure::kNewSites:
        value = old_sums.allocs == 0 ? new_sums.allocs : 0;
        break;
      case BudgetFigure::kLiveBytes:
        value = new_sums.live_bytes;
        break;
      case BudgetFigure::kLiveBlocks:
        value = new_sums.live_blocks;
        break;
      default:
        break;
    }
    if (value <= most || !judge_.covers(breach.budget, site)) return;
    most = value;
    top = site;
  };
  const bool is_of_state = figure == BudgetFigure::kLiveBytes || figure == BudgetFigure::kLiveBlocks;
  if (before == nullptr || before->generation != after.generation || is_of_state) {
    after.for_each_site([&](SiteId site, const SiteAggregate& all) { look_at(site, {}, sums_of(&all)); });
  } else {
    FrozenTraces::for_each_site_difference(
        *before, after, [&](SiteId site, const SiteAggregate* old_site, const SiteAggregate* new_site) {
          look_at(site, sums_of(old_site), sums_of(new_site));
        });
  }
  return top;
}

void BudgetWatch::on_end(const FrozenTraces& last) {
  names_.look_at(last.sites);
  judge_.end_recording(blocks_of(last));
}

}  // namespace heapreel
