#include "snapshot/budget/reel_judge.h"

#include <algorithm>
#include <utility>

namespace heapreel {
namespace {

BudgetSums sums_of(const SiteSums& site) {
  return {site.allocs, site.alloc_bytes, site.frees(), site.live_bytes, site.live_blocks};
}

BudgetSums sums_of(const engine::GroupSums& group) {
  return {group.allocs, group.alloc_bytes, group.frees, group.live_bytes(), group.allocs - group.frees};
}

// A budget for each name that the program ever declared. It judges nothing until the program declared it.
std::vector<Budget> declared_budgets(const Reel& reel, const BudgetStart& start) {
  std::vector<Budget> budgets;
  for (const auto& declaration : reel.budgets().declarations()) {
    if (std::ranges::find(budgets, declaration.name, &Budget::name) != budgets.end()) continue;
    Budget& budget = budgets.emplace_back();
    budget.name = declaration.name;
    budget.origin = BudgetOrigin::kProgram;
    budget.start = start;
  }
  return budgets;
}

std::vector<Budget> all_budgets(const Reel& reel, BudgetPlan& plan) {
  std::vector<Budget> budgets = std::move(plan.budgets);
  for (Budget& declared : declared_budgets(reel, plan.start)) budgets.push_back(std::move(declared));
  return budgets;
}

}  // namespace

ReelJudge::ReelJudge(const Reel& reel, BudgetPlan plan)
    : reel_(reel),
      start_(plan.start),
      names_(reel_),
      judge_(all_budgets(reel_, plan), std::move(plan.ignores), names_) {
  for (size_t budget = 0; budget < judge_.budgets().size(); ++budget) {
    looks_at_threads_ = looks_at_threads_ || judge_.scopes().name(budget).is_of_thread();
    if (judge_.budgets()[budget].origin != BudgetOrigin::kProgram) continue;
    declared_.push_back(budget);
    judge_.put_off(budget);
  }
}

void ReelJudge::run() {
  ReelWalk walk = reel_.walk();
  while (walk.next()) {
    take_declared(walk.position());
    if (walk.begins_generation()) judge_.begin_generation(false);
    if (walk.still().has_state()) add_changes(walk);
    end_still(walk);
  }
  // What was declared or marked after the last game frame.
  take_declared(SIZE_MAX);
  pass_marks(UINT32_MAX);
}

void ReelJudge::take_declared(size_t still) {
  const auto& declarations = reel_.budgets().declarations();
  for (; next_declaration_ < declarations.size(); ++next_declaration_) {
    const auto& declaration = declarations[next_declaration_];
    if (declaration.still > still) return;
    const auto budget = std::ranges::find_if(
        declared_, [&](size_t number) { return judge_.budgets()[number].name == declaration.name; });
    judge_.replace(*budget, declared_budget(declaration.name, declaration.limits, start_));
    judge_.activate(*budget);
  }
}

void ReelJudge::add_changes(ReelWalk& walk) {
  walk.for_each_site_change([this](uint32_t site, const SiteSums& before, const SiteSums& after) {
    judge_.change_site(site, sums_of(before), sums_of(after));
  });
  if (!looks_at_threads_) return;
  if (!walk.knows_groups()) {
    judge_.lose_threads();
    return;
  }
  walk.for_each_group_change(
      [this](engine::GroupId group, const engine::GroupSums& before, const engine::GroupSums& after) {
        if (engine::is_size_class(group)) return;
        judge_.change_thread(engine::thread_of(group), sums_of(before), sums_of(after));
      });
}

void ReelJudge::end_still(ReelWalk& walk) {
  const auto& rows = reel_.game_frames();
  // The timer's game frames become one with the program's first.
  if (next_row_ == rows.size() || walk.contents().position_of_row(next_row_) != walk.position()) return;
  const GameFrameRow& row = rows[next_row_++];
  pass_marks(row.number);
  const auto blocks = [&walk](const std::function<void(const BudgetJudge::LiveBlock&)>& visit) {
    walk.blocks().for_each([&](engine::BlockId, const BlockRow& block) {
      visit({block.site, block.thread, block.size, walk.contents().own_number(block.born)});
    });
  };
  if (row.partial) {
    judge_.end_recording(blocks);
  } else if (row.merged) {
    judge_.miss_game_frame(row.number);
  } else {
    judge_.end_game_frame(row.number, blocks);
  }
}

void ReelJudge::pass_marks(uint32_t up_to) {
  const auto& marks = reel_.marks();
  for (; next_mark_ < marks.size() && marks[next_mark_].game_frame <= up_to; ++next_mark_) {
    judge_.pass_mark(marks[next_mark_].name, marks[next_mark_].game_frame);
  }
}

}  // namespace heapreel
