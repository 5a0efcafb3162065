#include "snapshot/budget/budget_watch.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/consolidate/tracer_state.h"

namespace heapreel {

using engine::FrozenTraces;
using engine::GroupId;
using engine::GroupSums;
using engine::SiteAggregate;
using engine::SiteId;

namespace {

constexpr std::string_view kOfThread = "thread:";

}  // namespace

bool is_budget_of_thread(std::string_view budget) {
  return budget.starts_with(kOfThread);
}

bool budget_covers_thread(std::string_view budget, std::string_view thread) {
  return is_budget_of_thread(budget) && budget.substr(kOfThread.size()) == thread;
}

bool budget_covers(std::string_view budget, std::string_view tag, std::string_view domain) {
  constexpr std::string_view kOfDomain = "domain:";
  if (budget == "*") return true;
  if (is_budget_of_thread(budget)) return false;
  if (budget.starts_with(kOfDomain)) return budget.substr(kOfDomain.size()) == domain;
  return tag.starts_with(budget) && (tag.size() == budget.size() || tag[budget.size()] == '/');
}

BudgetWatch::BudgetWatch(const engine::TracerState& tracer, std::vector<NamedBudget> budgets, uint32_t first_game_frame)
    : tracer_(tracer),
      budgets_(std::move(budgets)),
      first_game_frame_(first_game_frame),
      figures_(budgets_.size()),
      before_own_(budgets_.size()),
      breaches_(budgets_.size()),
      name_was_seen_(budgets_.size()) {}

bool BudgetWatch::is_broken(size_t budget) const {
  return std::ranges::any_of(breaches_[budget], [](const BudgetBreach& breach) { return breach.game_frames != 0; });
}

bool BudgetWatch::is_known(size_t budget) const {
  if (name_was_seen_[budget] || budgets_[budget].name == "*") return true;
  return std::ranges::any_of(known_names(), [&](const std::string& known) {
    return known == budgets_[budget].name || known.starts_with(budgets_[budget].name + "/");
  });
}

std::vector<std::string> BudgetWatch::known_names() const {
  std::set<std::string> names;
  const auto add = [&names](const auto& table, std::string_view prefix) {
    for (uint32_t place = 0; place < table.count(); ++place) {
      const auto* const entry = table.at(place);
      if (entry != nullptr && entry->text[0] != '\0') names.insert(std::string(prefix) + std::string(entry->view()));
    }
  };
  add(*tracer_.scopes, "");
  // A budget may name what several tags begin with.
  const std::vector<std::string> tags(names.begin(), names.end());
  for (const std::string& tag : tags) {
    for (size_t slash = tag.find('/'); slash != tag.npos; slash = tag.find('/', slash + 1))
      names.insert(tag.substr(0, slash));
  }
  add(*tracer_.domains, "domain:");
  add(*tracer_.threads, kOfThread);
  return {names.begin(), names.end()};
}

const std::vector<uint32_t>& BudgetWatch::budgets_of(const FrozenTraces& state, SiteId site) {
  if (site >= knows_site_.size()) {
    knows_site_.resize(state.site_count);
    budgets_by_site_.resize(state.site_count);
  }
  if (!knows_site_[site]) {
    // Both names were there before the site was.
    const engine::SiteKey& key = state.sites->at(site);
    const std::string_view tag = tracer_.scopes->name_of(key.scope);
    const std::string_view domain = tracer_.domains->name_of(key.domain);
    for (uint32_t budget = 0; budget < budgets_.size(); ++budget) {
      if (!budget_covers(budgets_[budget].name, tag, domain)) continue;
      budgets_by_site_[site].push_back(budget);
      name_was_seen_[budget] = true;
    }
    knows_site_[site] = true;
  }
  return budgets_by_site_[site];
}

void BudgetWatch::add(const FrozenTraces& state, SiteId site, const SiteAggregate* before, const SiteAggregate* after) {
  static constexpr SiteAggregate kNothing = {};
  if (before == nullptr) before = &kNothing;
  if (after == nullptr) after = &kNothing;
  for (const uint32_t budget : budgets_of(state, site)) {
    auto& [allocs, alloc_bytes, live_bytes] = figures_[budget];
    allocs += after->allocs - before->allocs;
    alloc_bytes += after->alloc_bytes - before->alloc_bytes;
    live_bytes += after->live_bytes - before->live_bytes;
  }
}

const std::vector<uint32_t>& BudgetWatch::budgets_of_thread(uint32_t thread) {
  // Those that the table had no room for have no name.
  static const std::vector<uint32_t> kNone;
  if (thread >= engine::kMostThreads) return kNone;
  if (thread >= budgets_by_thread_.size()) budgets_by_thread_.resize(thread + size_t{1});
  auto& known = budgets_by_thread_[thread];
  if (!known) {
    known.emplace();
    const std::string_view name = tracer_.threads->name_of(thread);  // there before its first event was
    for (uint32_t budget = 0; budget < budgets_.size(); ++budget) {
      if (!budget_covers_thread(budgets_[budget].name, name)) continue;
      known->push_back(budget);
    }
  }
  return *known;
}

void BudgetWatch::add_thread(uint32_t thread, const GroupSums* before, const GroupSums& after) {
  static constexpr GroupSums kNothing = {};
  if (before == nullptr) before = &kNothing;
  if (after.allocs == 0) return;  // its sums are there, but it allocated nothing yet
  for (const uint32_t budget : budgets_of_thread(thread)) {
    name_was_seen_[budget] = true;
    auto& [allocs, alloc_bytes, live_bytes] = figures_[budget];
    allocs += after.allocs - before->allocs;
    alloc_bytes += after.alloc_bytes - before->alloc_bytes;
    live_bytes += after.live_bytes() - before->live_bytes();
  }
}

void BudgetWatch::on_game_frame(const FrozenTraces* before, const FrozenTraces& after) {
  for (Figures& figures : figures_) figures[0] = figures[1] = 0;
  if (before != nullptr && before->generation == after.generation) {
    FrozenTraces::for_each_site_difference(
        *before, after, [&](SiteId site, const SiteAggregate* old_site, const SiteAggregate* new_site) {
          add(after, site, old_site, new_site);
        });
    FrozenTraces::for_each_group_difference(
        *before, after, [this](GroupId group, const GroupSums* old_sums, const GroupSums* new_sums) {
          if (!engine::is_size_class(group)) add_thread(engine::thread_of(group), old_sums, *new_sums);
        });
  } else {
    after.for_each_site([&](SiteId site, const SiteAggregate& all) { add(after, site, nullptr, &all); });
    after.for_each_group([this](GroupId group, const GroupSums& all) {
      if (!engine::is_size_class(group)) add_thread(engine::thread_of(group), nullptr, all);
    });
  }
  for (size_t budget = 0; budget < budgets_.size(); ++budget) {
    for (const size_t sum : {size_t{0}, size_t{1}}) before_own_[budget][sum] += figures_[budget][sum];
  }
  if (after.makeshift_game_frames != makeshift_game_frames_) {
    makeshift_game_frames_ = after.makeshift_game_frames;
    begin_own_game_frames();
  }
  judge(after.own_number(after.game_frame - 1));
  counts_are_unknown_ = false;
}

// The boundaries that the clock made were none of the program's: what they were judged by goes, and all they allocated
// is of the game frame that ends now.
void BudgetWatch::begin_own_game_frames() {
  breaches_.assign(budgets_.size(), {});
  judged_ = unknown_ = 0;
  for (size_t budget = 0; budget < budgets_.size(); ++budget) {
    for (const size_t sum : {size_t{0}, size_t{1}}) figures_[budget][sum] = before_own_[budget][sum];
  }
  counts_are_unknown_ = !before_own_is_known_;
}

void BudgetWatch::judge(uint32_t game_frame) {
  if (game_frame < first_game_frame_) return;
  ++(counts_are_unknown_ ? unknown_ : judged_);
  for (size_t budget = 0; budget < budgets_.size(); ++budget) {
    for (const BudgetFigure figure : kBudgetFigures) {
      if (counts_are_unknown_ && figure != BudgetFigure::kLiveBytes) continue;
      const uint64_t value = figures_[budget][static_cast<size_t>(figure)];
      if (value <= limit_of(budgets_[budget].limits, figure)) continue;
      BudgetBreach& breach = breaches_[budget][static_cast<size_t>(figure)];
      ++breach.game_frames;
      if (value > breach.worst) {
        breach.worst = value;
        breach.worst_game_frame = game_frame;
      }
    }
  }
}

void BudgetWatch::on_merged_game_frame(const FrozenTraces& sums) {
  if (sums.makeshift_game_frames != makeshift_game_frames_) {
    makeshift_game_frames_ = sums.makeshift_game_frames;
    begin_own_game_frames();
  }
  if (sums.own_number(sums.game_frame) > first_game_frame_) ++unknown_;
  counts_are_unknown_ = true;
}

// What the generation still did since the last state is known as a sum only.
void BudgetWatch::on_generation_end() {
  counts_are_unknown_ = true;
  before_own_is_known_ = false;
  std::ranges::fill(figures_, Figures{});
  budgets_by_site_.clear();
  knows_site_.clear();
}

}  // namespace heapreel
