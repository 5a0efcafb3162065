#include "snapshot/budget/budget_judge.h"

#include <algorithm>
#include <utility>

#include "engine/store/group_sums.h"

namespace heapreel {
namespace {

constexpr uint32_t kGrowthWindow = 100;  // game frames

BudgetSums operator-(const BudgetSums& after, const BudgetSums& before) {
  return {after.allocs - before.allocs, after.alloc_bytes - before.alloc_bytes, after.frees - before.frees,
          after.live_bytes - before.live_bytes, after.live_blocks - before.live_blocks};
}

void add_counts(BudgetSums& sum, const BudgetSums& counts) {
  sum.allocs += counts.allocs;
  sum.alloc_bytes += counts.alloc_bytes;
  sum.frees += counts.frees;
}

bool is_state(BudgetFigure figure) {
  return figure == BudgetFigure::kLiveBytes || figure == BudgetFigure::kLiveBlocks;
}

bool is_left(BudgetFigure figure) {
  return figure == BudgetFigure::kBlocksLeft || figure == BudgetFigure::kBytesLeft;
}

}  // namespace

BudgetJudge::BudgetJudge(std::vector<Budget> budgets, std::vector<SiteIgnore> ignores, const BudgetNames& names)
    : scopes_(std::move(ignores), names) {
  for (Budget& budget : budgets) declare(std::move(budget));
}

void BudgetJudge::declare(Budget budget) {
  scopes_.add(budget.name);
  State& state = states_.emplace_back();
  state.limits.resize(budget.limits.size());
  if (budget.start.mark.empty()) state.start = budget.start.number;
  budgets_.push_back(std::move(budget));
}

void BudgetJudge::activate(size_t budget) {
  State& state = states_[budget];
  if (std::exchange(state.active, true)) return;
  state.now.allocs = state.now.alloc_bytes = state.now.frees = 0;
  state.new_sites = 0;
  state.all = {};
  state.all_new_sites = 0;
}

void BudgetJudge::replace(size_t budget, Budget with) {
  std::vector<LimitState> kept;
  for (const BudgetLimit& limit : with.limits) {
    const auto old = std::ranges::find(budgets_[budget].limits, limit.kind, &BudgetLimit::kind);
    const auto place = static_cast<size_t>(old - budgets_[budget].limits.begin());
    kept.push_back(old == budgets_[budget].limits.end() ? LimitState{} : std::move(states_[budget].limits[place]));
  }
  State& state = states_[budget];
  state.limits = std::move(kept);
  if (!(with.start == budgets_[budget].start)) {
    state.start = with.start.mark.empty() ? std::optional(with.start.number) : std::nullopt;
  }
  if (with.from_mark != budgets_[budget].from_mark || with.to_mark != budgets_[budget].to_mark) {
    state.from.reset();
    state.pending.clear();
  }
  budgets_[budget] = std::move(with);
}

void BudgetJudge::add(State& state, const BudgetSums& before, const BudgetSums& after) {
  const BudgetSums change = after - before;
  add_counts(state.now, change);
  state.now.live_bytes += change.live_bytes;
  state.now.live_blocks += change.live_blocks;
}

void BudgetJudge::change_site(uint32_t site, const BudgetSums& before, const BudgetSums& after) {
  for (const uint32_t budget : scopes_.of_site(site)) {
    add(states_[budget], before, after);
    if (before.allocs == 0 && after.allocs != 0) ++states_[budget].new_sites;
  }
  for (const uint32_t budget : scopes_.of_unknown_code(site)) states_[budget].lacks_sources = true;
}

bool BudgetJudge::covers(size_t budget, uint32_t site) {
  return std::ranges::binary_search(scopes_.of_site(site), static_cast<uint32_t>(budget));
}

void BudgetJudge::change_thread(uint32_t thread, const BudgetSums& before, const BudgetSums& after) {
  // Threads that the table had no room for have no name. There may also be sums of a thread that has allocated nothing
  // yet.
  if (thread >= engine::kMostThreads || after.allocs == 0) return;
  for (const uint32_t budget : scopes_.of_thread(thread)) {
    scopes_.note_seen(budget);
    add(states_[budget], before, after);
  }
}

void BudgetJudge::lose_threads() {
  for (size_t budget = 0; budget < states_.size(); ++budget) {
    if (scopes_.name(budget).is_of_thread()) states_[budget].lacks_sources = true;
  }
}

void BudgetJudge::begin_standing() {
  for (State& state : states_) state.now.live_bytes = state.now.live_blocks = 0;
}

void BudgetJudge::stand(uint32_t site, const BudgetSums& sums) {
  for (const uint32_t budget : scopes_.of_site(site)) {
    states_[budget].now.live_bytes += sums.live_bytes;
    states_[budget].now.live_blocks += sums.live_blocks;
  }
}

void BudgetJudge::stand_thread(uint32_t thread, const BudgetSums& sums) {
  if (thread >= engine::kMostThreads || sums.allocs == 0) return;
  for (const uint32_t budget : scopes_.of_thread(thread)) {
    scopes_.note_seen(budget);
    states_[budget].now.live_bytes += sums.live_bytes;
    states_[budget].now.live_blocks += sums.live_blocks;
  }
}

void BudgetJudge::pass_mark(std::string_view name, uint32_t game_frame) {
  auto known = std::ranges::find(mark_names_, name);
  if (known == mark_names_.end()) known = mark_names_.emplace(known, name);
  passed_marks_.push_back(static_cast<uint32_t>(known - mark_names_.begin()));
  note_mark(*known, game_frame);
}

void BudgetJudge::note_mark(const std::string& name, uint32_t game_frame) {
  for (size_t budget = 0; budget < budgets_.size(); ++budget) {
    const Budget& wanted = budgets_[budget];
    State& state = states_[budget];
    if (!state.start && wanted.start.mark == name) state.start = game_frame + wanted.start.number;
    if (wanted.to_mark == name && state.from) {
      state.pending.push_back({*state.from, game_frame, game_frame + wanted.settle_game_frames});
      state.from.reset();
    }
    if (wanted.from_mark == name) state.from = game_frame;
  }
}

bool BudgetJudge::is_judged(const Budget& budget, const State& state, uint32_t number) const {
  return state.active && !budget.limits.empty() && state.start && number >= *state.start;
}

void BudgetJudge::end_game_frame(uint32_t number, const VisitBlocks& blocks) {
  bool any = false;
  breaches_.clear();
  for (size_t budget = 0; budget < budgets_.size(); ++budget) {
    State& state = states_[budget];
    add_counts(state.all, state.now);
    state.all_new_sites += state.new_sites;
    if (!is_judged(budgets_[budget], state, number)) continue;
    any = true;
    ++(counts_are_unknown_ ? state.unknown : state.judged);
    judge(budget, number);
  }
  if (any) ++(counts_are_unknown_ ? unknown_ : judged_);
  count_left(number, blocks);
  reset_counts();
}

void BudgetJudge::end_recording(const VisitBlocks& blocks) {
  breaches_.clear();
  count_left(UINT32_MAX, blocks);
}

void BudgetJudge::reset_counts() {
  for (State& state : states_) {
    state.now.allocs = state.now.alloc_bytes = state.now.frees = 0;
    state.new_sites = 0;
  }
  counts_are_unknown_ = false;
}

void BudgetJudge::judge(size_t budget, uint32_t number) {
  State& state = states_[budget];
  const auto value_of = [&state](BudgetFigure figure) -> uint64_t {
    switch (figure) {
      case BudgetFigure::kAllocs:
        return state.now.allocs;
      case BudgetFigure::kAllocBytes:
        return state.now.alloc_bytes;
      case BudgetFigure::kFrees:
        return state.now.frees;
      case BudgetFigure::kLiveBytes:
        return state.now.live_bytes;
      case BudgetFigure::kLiveBlocks:
        return state.now.live_blocks;
      case BudgetFigure::kNewSites:
        return state.new_sites;
      default:
        return 0;
    }
  };
  for (size_t limit = 0; limit < state.limits.size(); ++limit) {
    const LimitInfo& info = limit_info(budgets_[budget].limits[limit].kind);
    state.limits[limit].latest.reset();
    if (is_left(info.figure) || (counts_are_unknown_ && !is_state(info.figure))) continue;
    state.limits[limit].latest = value_of(info.figure);
    if (info.measure == BudgetMeasure::kGrowth) {
      judge_growth(budget, limit, value_of(info.figure), number);
    } else {
      judge_value(budget, limit, value_of(info.figure), number);
    }
  }
}

void BudgetJudge::judge_value(size_t budget, size_t place, uint64_t value, uint32_t number) {
  const BudgetLimit& given = budgets_[budget].limits[place];
  const LimitInfo& info = limit_info(given.kind);
  LimitState& limit = states_[budget].limits[place];
  if (limit.judged++ == 0 || value > limit.worst) {
    limit.worst = value;
    limit.worst_game_frame = number;
  }
  limit.sum += value;
  if (info.measure == BudgetMeasure::kP99) ++limit.values[value];
  if (info.measure == BudgetMeasure::kSum ? value == 0 : value <= given.most) return;
  if (limit.over++ == 0) limit.first_game_frame = number;
  if (info.measure == BudgetMeasure::kMost) breaches_.push_back({budget, given, value, number});
  if (info.measure == BudgetMeasure::kSum && limit.sum > given.most)
    breaches_.push_back({budget, given, limit.sum, number});
}

// Windows of game frames follow one another: the least that lives in one window is compared with the least of the one
// before.
void BudgetJudge::judge_growth(size_t budget, size_t place, uint64_t value, uint32_t number) {
  const BudgetLimit& given = budgets_[budget].limits[place];
  LimitState& limit = states_[budget].limits[place];
  const uint32_t start = *states_[budget].start;
  const uint32_t window = (number - start) / kGrowthWindow;
  if (window != limit.window) {
    if (window != limit.window + 1) limit.least.reset();  // the windows do not follow one another
    limit.window = window;
    limit.least_before = std::exchange(limit.least, std::nullopt);
  }
  limit.least = std::min(limit.least.value_or(value), value);
  if ((number - start) % kGrowthWindow != kGrowthWindow - 1 || !limit.least_before) return;
  const uint64_t growth = *limit.least - std::min(*limit.least, *limit.least_before);
  if (limit.judged++ == 0 || growth > limit.worst) {
    limit.worst = growth;
    limit.worst_game_frame = number;
  }
  if (growth <= given.most) return;
  if (limit.over++ == 0) limit.first_game_frame = number;
  breaches_.push_back({budget, given, growth, number});
}

void BudgetJudge::count_left(uint32_t number, const VisitBlocks& blocks) {
  struct Count {
    size_t budget;
    PendingCount span;
    uint64_t blocks = 0, bytes = 0;
  };
  std::vector<Count> counts;
  for (size_t budget = 0; budget < states_.size(); ++budget) {
    std::erase_if(states_[budget].pending, [&](const PendingCount& pending) {
      if (pending.at > number) return false;
      counts.push_back({budget, pending});
      // At the end of the recording the settling time is over.
      states_[budget].has_settled |= number != UINT32_MAX || budgets_[budget].settle_game_frames == 0;
      return true;
    });
  }
  if (counts.empty()) return;
  blocks([&](const LiveBlock& block) {
    for (Count& count : counts) {
      if (block.born < count.span.from || block.born > count.span.to) continue;
      const auto index = static_cast<uint32_t>(count.budget);
      const auto& under =
          scopes_.name(index).is_of_thread() ? scopes_.of_thread(block.thread) : scopes_.of_site(block.site);
      if (!std::ranges::binary_search(under, index)) continue;
      ++count.blocks;
      count.bytes += block.size;
    }
  });
  for (const Count& count : counts) {
    for (size_t place = 0; place < budgets_[count.budget].limits.size(); ++place) {
      const LimitInfo& info = limit_info(budgets_[count.budget].limits[place].kind);
      if (!is_left(info.figure)) continue;
      LimitState& limit = states_[count.budget].limits[place];
      const uint64_t value = info.figure == BudgetFigure::kBlocksLeft ? count.blocks : count.bytes;
      if (limit.judged == 0 || value > limit.worst) limit.worst_from = count.span.from;
      judge_value(count.budget, place, value, count.span.to);
    }
  }
}

void BudgetJudge::miss_game_frame(uint32_t number) {
  bool any = false;
  breaches_.clear();
  for (size_t budget = 0; budget < budgets_.size(); ++budget) {
    if (!is_judged(budgets_[budget], states_[budget], number)) continue;
    ++states_[budget].unknown;
    any = true;
  }
  if (any) ++unknown_;
  counts_are_unknown_ = true;
}

void BudgetJudge::begin_generation(bool sites_are_renumbered) {
  counts_are_unknown_ = true;
  all_is_known_ = false;
  for (State& state : states_) state.now = {};
  if (sites_are_renumbered) scopes_.forget_sites();
}

void BudgetJudge::restart() {
  judged_ = unknown_ = 0;
  counts_are_unknown_ = !all_is_known_;
  for (size_t budget = 0; budget < states_.size(); ++budget) {
    State& state = states_[budget];
    add_counts(state.now, state.all);
    state.new_sites += state.all_new_sites;
    state.all = {};
    state.all_new_sites = 0;
    state.judged = state.unknown = 0;
    state.limits.assign(budgets_[budget].limits.size(), {});
    state.from.reset();
    state.pending.clear();
    state.has_settled = false;
    if (!budgets_[budget].start.mark.empty()) state.start.reset();
  }
  // The marks that have come so far count as marks of the current game frame.
  for (const uint32_t mark : passed_marks_) note_mark(mark_names_[mark], 0);
}

LimitVerdict BudgetJudge::verdict(size_t budget, LimitKind kind) const {
  LimitVerdict verdict;
  const auto found = std::ranges::find(budgets_[budget].limits, kind, &BudgetLimit::kind);
  if (found == budgets_[budget].limits.end()) return verdict;
  const State& state = states_[budget];
  const LimitState& limit = state.limits[static_cast<size_t>(found - budgets_[budget].limits.begin())];
  const LimitInfo& info = limit_info(kind);
  verdict.judged = limit.judged;
  verdict.latest = limit.latest;
  verdict.value = verdict.worst = limit.worst;
  verdict.game_frames_over = limit.over;
  verdict.first_game_frame = limit.first_game_frame;
  verdict.worst_game_frame = limit.worst_game_frame;
  verdict.from_game_frame = limit.worst_from;
  bool is_over = limit.over != 0;
  if (info.measure == BudgetMeasure::kP99 && limit.judged != 0) {
    uint64_t rank = (limit.judged * 99 + 99) / 100;
    for (const auto& [value, count] : limit.values) {
      verdict.value = value;
      if (rank <= count) break;
      rank -= count;
    }
    is_over = verdict.value > found->most;
  } else if (info.measure == BudgetMeasure::kAverage && limit.judged != 0) {
    // Rounded up, so that it is above the limit exactly when the average is.
    verdict.value = limit.sum / limit.judged + (limit.sum % limit.judged != 0 ? 1 : 0);
    is_over = verdict.value > found->most;
  } else if (info.measure == BudgetMeasure::kSum) {
    verdict.value = limit.sum;
    is_over = verdict.value > found->most;
  }
  const bool is_of_marks = is_left(info.figure);
  const bool all_known = limit.judged != 0 && !state.lacks_sources &&
                         (is_of_marks ? state.pending.empty() && state.has_settled : state.unknown == 0);
  verdict.state = is_over     ? LimitVerdict::State::kBroken
                  : all_known ? LimitVerdict::State::kKept
                              : LimitVerdict::State::kNotJudged;
  return verdict;
}

BudgetVerdict BudgetJudge::verdict(size_t budget) const {
  BudgetVerdict verdict;
  verdict.seen = scopes_.is_known(budget);
  verdict.judged = states_[budget].judged;
  verdict.unknown = states_[budget].unknown;
  verdict.complete = true;
  for (const BudgetLimit& limit : budgets_[budget].limits) {
    const LimitVerdict::State state = this->verdict(budget, limit.kind).state;
    verdict.broken = verdict.broken || state == LimitVerdict::State::kBroken;
    verdict.complete = verdict.complete && state != LimitVerdict::State::kNotJudged;
  }
  return verdict;
}

}  // namespace heapreel
