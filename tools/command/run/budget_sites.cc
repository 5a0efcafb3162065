#include "tools/command/run/budget_sites.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace heapreel::tools {
namespace {

using ValueBySite = std::vector<uint64_t>;

uint64_t value_of(const engine::SiteAggregate& site, BudgetFigure figure) {
  switch (figure) {
    case BudgetFigure::kAllocs:
      return site.allocs;
    case BudgetFigure::kAllocBytes:
      return site.alloc_bytes;
    case BudgetFigure::kLiveBytes:
      return site.live_bytes;
  }
  return 0;
}

std::string name_of(const ReelTables& tables, NameKind kind, uint32_t place) {
  const RecordedName* name = tables.names(kind).find(place);
  return name == nullptr ? "" : name->text;
}

// What happened in the game frame, or, of what lives, what there is at its end.
ValueBySite values_of_game_frame(const Reel& reel, const ReelTraceSet& after, BudgetFigure figure,
                                 uint32_t game_frame) {
  std::shared_ptr<const ReelTraceSet> before;
  if (figure != BudgetFigure::kLiveBytes && game_frame > reel.game_frames().front().number) {
    before = reel.at(game_frame - 1);
    if (before->generation() != after.generation()) before.reset();
  }
  ValueBySite values(after.site_count());
  for (uint32_t site = 0; site < values.size(); ++site) {
    values[site] = value_of(after.aggregate(site), figure);
    if (before != nullptr && site < before->site_count()) values[site] -= value_of(before->aggregate(site), figure);
  }
  return values;
}

// The values of those threads' blocks that lived at the end of the game frame, when they account for all of `worst`.
std::optional<ValueBySite> values_of_threads(const ReelTraceSet& after, const std::string& budget, BudgetFigure figure,
                                             const BudgetBreach& breach) {
  ValueBySite values(after.site_count());
  after.for_each_block([&](const BlockRow& block) {
    if (figure != BudgetFigure::kLiveBytes && block.born != breach.worst_game_frame) return;
    if (!budget_covers_thread(budget, name_of(after.tables(), NameKind::kThread, block.thread))) return;
    values[block.site] += figure == BudgetFigure::kAllocs ? 1 : block.size;
  });
  if (std::accumulate(values.begin(), values.end(), uint64_t{0}) != breach.worst) return std::nullopt;
  return values;
}

// Whether no other thread added to the figure in that game frame.
bool only_those_threads_added(const Reel& reel, BudgetFigure figure, const BudgetBreach& breach) {
  const auto row = std::ranges::find(reel.game_frames(), breach.worst_game_frame, &GameFrameRow::number);
  if (row == reel.game_frames().end()) return false;
  return breach.worst == (figure == BudgetFigure::kAllocs       ? row->allocs
                          : figure == BudgetFigure::kAllocBytes ? row->alloc_bytes
                                                                : row->live_bytes);
}

}  // namespace

std::optional<TopSite> top_site(const Reel& reel, const std::string& budget, BudgetFigure figure,
                                const BudgetBreach& breach) {
  const auto after = reel.at(breach.worst_game_frame);
  const bool is_of_thread = is_budget_of_thread(budget);
  std::optional<ValueBySite> values;
  if (!is_of_thread || only_those_threads_added(reel, figure, breach)) {
    values = values_of_game_frame(reel, *after, figure, breach.worst_game_frame);
  } else {
    values = values_of_threads(*after, budget, figure, breach);
  }
  if (!values) return std::nullopt;
  const ReelTables& tables = after->tables();
  TopSite top;
  for (uint32_t site = 0; site < values->size(); ++site) {
    if ((*values)[site] <= top.value) continue;
    const engine::SiteKey& key = tables.site(site);
    if (!is_of_thread && !budget_covers(budget, name_of(tables, NameKind::kScope, key.scope),
                                        name_of(tables, NameKind::kDomain, key.domain))) {
      continue;
    }
    top = {key.traceback, (*values)[site]};
  }
  if (top.value == 0) return std::nullopt;
  return top;
}

}  // namespace heapreel::tools
