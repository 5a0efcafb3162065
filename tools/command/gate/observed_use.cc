#include "tools/command/gate/observed_use.h"

#include <algorithm>

#include "snapshot/budget/reel_judge.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/gate/limit_text.h"
#include "tools/command/text/record_gaps.h"

namespace heapreel::tools {
namespace {

std::string how_to_know(const ReelInfo& info) {
  if (info.merged_game_frames == 0) return "";
  return format(
      ". Of {} only the sums were written, because the recording could not keep up: record again with "
      "`heapreel run --every-game-frame`",
      counted(info.merged_game_frames, "game frame"));
}

}  // namespace

std::vector<ObservedUse> observed_use(const std::vector<Reel>& reels, const BudgetPlan& plan) {
  std::vector<ObservedUse> all(plan.budgets.size());
  for (const Reel& reel : reels) {
    if (const auto missing = gaps(reel.info()); !missing.empty()) {
      throw CommandError(
          kIncomplete, format("a recording is not complete, and nothing can be learned from it: {}", missing.front()));
    }
    ReelJudge judged(reel, plan);
    judged.run();
    const BudgetJudge& judge = judged.judge();
    for (size_t budget = 0; budget < all.size(); ++budget) {
      if (!judge.verdict(budget).seen) continue;
      ++all[budget].seen;
      for (const BudgetLimit& limit : plan.budgets[budget].limits) {
        const LimitVerdict verdict = judge.verdict(budget, limit.kind);
        if (verdict.state == LimitVerdict::State::kNotJudged) {
          throw CommandError(
              kIncomplete, format("nothing can be learned from a recording of {}: {}: {}{}", reel.info().header.program,
                                  plan.budgets[budget].name, not_judged_text(plan.budgets[budget], limit, verdict),
                                  how_to_know(reel.info())));
        }
        uint64_t& most = all[budget].values[limit.kind];
        most = std::max(most, verdict.value);
      }
    }
  }
  return all;
}

}  // namespace heapreel::tools
