#include "tools/command/gate/budget_sites.h"

#include <algorithm>
#include <numeric>

#include "snapshot/budget/reel_budget_names.h"
#include "snapshot/budget/site_scopes.h"

namespace heapreel::tools {
namespace {

using ValueBySite = std::vector<uint64_t>;

bool is_state(BudgetFigure figure) {
  return figure == BudgetFigure::kLiveBytes || figure == BudgetFigure::kLiveBlocks;
}

uint64_t value_of(const engine::SiteAggregate& site, BudgetFigure figure) {
  switch (figure) {
    case BudgetFigure::kAllocs:
    case BudgetFigure::kNewSites:
      return site.allocs;
    case BudgetFigure::kAllocBytes:
      return site.alloc_bytes;
    case BudgetFigure::kFrees:
      return site.frees();
    case BudgetFigure::kLiveBytes:
      return site.live_bytes;
    case BudgetFigure::kLiveBlocks:
      return site.live_blocks;
    default:
      return 0;
  }
}

// The values at the end of `game_frame`, less those at the end of `since`, if that is given and of the same generation.
ValueBySite values_between(const Reel& reel, const ReelTraceSet& after, std::optional<uint32_t> since,
                           BudgetFigure figure) {
  std::shared_ptr<const ReelTraceSet> before;
  if (since && *since >= reel.game_frames().front().number) {
    before = reel.at(*since);
    if (before->generation() != after.generation()) before.reset();
  }
  ValueBySite values(after.site_count());
  for (uint32_t site = 0; site < values.size(); ++site) {
    values[site] = value_of(after.aggregate(site), figure);
    if (before == nullptr || site >= before->site_count()) continue;
    const uint64_t old = value_of(before->aggregate(site), figure);
    if (figure == BudgetFigure::kNewSites && old != 0) values[site] = 0;  // not new
    values[site] -= std::min(values[site], old);
  }
  return values;
}

// The values of the wanted blocks among those that live at the end of a game frame.
template <class Wanted>
ValueBySite values_of_blocks(const ReelTraceSet& after, BudgetFigure figure, Wanted&& wanted) {
  const bool counts =
      figure == BudgetFigure::kAllocs || figure == BudgetFigure::kLiveBlocks || figure == BudgetFigure::kBlocksLeft;
  ValueBySite values(after.site_count());
  after.for_each_block([&](const BlockRow& block) {
    if (wanted(block)) values[block.site] += counts ? 1 : block.size;
  });
  return values;
}

// Whether no other thread added to the figure in that game frame.
bool only_those_threads_added(const Reel& reel, BudgetFigure figure, const LimitVerdict& verdict) {
  const auto row = std::ranges::find(reel.game_frames(), verdict.worst_game_frame, &GameFrameRow::number);
  if (row == reel.game_frames().end()) return false;
  switch (figure) {
    case BudgetFigure::kAllocs:
      return verdict.worst == row->allocs;
    case BudgetFigure::kAllocBytes:
      return verdict.worst == row->alloc_bytes;
    case BudgetFigure::kFrees:
      return verdict.worst == row->frees;
    case BudgetFigure::kLiveBytes:
      return verdict.worst == row->live_bytes;
    case BudgetFigure::kLiveBlocks:
      return verdict.worst == row->live_blocks;
    default:
      return false;
  }
}

std::optional<uint32_t> game_frame_before(uint32_t game_frame, uint32_t distance) {
  return game_frame < distance ? std::nullopt : std::optional(game_frame - distance);
}

// The earlier state from which the values are counted.
std::optional<uint32_t> counted_since(const LimitInfo& info, uint32_t game_frame) {
  if (info.measure == BudgetMeasure::kGrowth) return game_frame_before(game_frame, 100);
  return is_state(info.figure) ? std::nullopt : game_frame_before(game_frame, 1);
}

// The values of those threads' blocks that lived at the end of the game frame, if they add up to the whole value.
std::optional<ValueBySite> values_of_threads(const ReelTraceSet& after, const BudgetName& name,
                                             const BudgetNames& names, BudgetFigure figure,
                                             const LimitVerdict& verdict) {
  if (figure == BudgetFigure::kFrees) return std::nullopt;
  ValueBySite values = values_of_blocks(after, figure, [&](const BlockRow& block) {
    if (!is_state(figure) && block.born != verdict.worst_game_frame) return false;
    return name.covers_thread(names.thread(block.thread));
  });
  if (std::accumulate(values.begin(), values.end(), uint64_t{0}) != verdict.worst) return std::nullopt;
  return values;
}

std::optional<ValueBySite> values_of(const Reel& reel, const ReelTraceSet& after, const Budget& budget,
                                     const LimitInfo& info, const LimitVerdict& verdict) {
  const BudgetName name(budget.name);
  const ReelBudgetNames names(reel);
  if (info.figure == BudgetFigure::kBlocksLeft || info.figure == BudgetFigure::kBytesLeft) {
    return values_of_blocks(after, info.figure, [&](const BlockRow& block) {
      return block.born >= verdict.from_game_frame && block.born <= verdict.worst_game_frame &&
             (!name.is_of_thread() || name.covers_thread(names.thread(block.thread)));
    });
  }
  if (name.is_of_thread() && !only_those_threads_added(reel, info.figure, verdict)) {
    return values_of_threads(after, name, names, info.figure, verdict);
  }
  return values_between(reel, after, counted_since(info, verdict.worst_game_frame), info.figure);
}

}  // namespace

std::optional<TopSite> top_site(const Reel& reel, const std::vector<SiteIgnore>& ignores, const Budget& budget,
                                const BudgetLimit& limit, const LimitVerdict& verdict) {
  const LimitInfo& info = limit_info(limit.kind);
  const uint32_t game_frame = info.measure == BudgetMeasure::kSum ? verdict.first_game_frame : verdict.worst_game_frame;
  const uint32_t shown = std::min(game_frame + budget.settle_game_frames, reel.game_frames().back().number);
  const auto after = reel.at(shown);
  LimitVerdict asked = verdict;
  asked.worst_game_frame = game_frame;
  const auto values = values_of(reel, *after, budget, info, asked);
  if (!values) return std::nullopt;
  const ReelBudgetNames names(reel);
  SiteScopes scopes(ignores, names);
  scopes.add(budget.name);
  const bool is_of_thread = scopes.name(0).is_of_thread();
  TopSite top;
  for (uint32_t site = 0; site < values->size(); ++site) {
    if ((*values)[site] <= top.value) continue;
    if (!is_of_thread && scopes.of_site(site).empty()) continue;
    top = {after->tables().site(site).traceback, (*values)[site]};
  }
  if (top.value == 0) return std::nullopt;
  return top;
}

}  // namespace heapreel::tools
