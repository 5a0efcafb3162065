// Checks in every game frame of a recording, while the program runs, whether names keep to their budgets: the budgets
// that it was given, and those that the program declares. The cost follows what changed.
//
// Its verdicts are exact. When the state of a game frame was merged into the next one's, or a generation ended in it,
// it is not known what was allocated in that game frame: it counts as unknown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/store/frozen_traces.h"
#include "snapshot/budget/budget_judge.h"
#include "snapshot/budget/budget_plan.h"
#include "snapshot/budget/game_frame_watch.h"

namespace heapreel::engine {
struct TracerState;
}

namespace heapreel {

// One thread.
class BudgetWatch final : public GameFrameWatch {
 public:
  // `tracer` supplies names and declared budgets, and outlives the watch.
  BudgetWatch(const engine::TracerState& tracer, BudgetPlan plan);
  BudgetWatch(const BudgetWatch&) = delete;
  BudgetWatch& operator=(const BudgetWatch&) = delete;

  void on_game_frame(const engine::FrozenTraces* before, const engine::FrozenTraces& after) override;
  void on_merged_game_frame(const engine::FrozenTraces& sums) override;
  void on_mark(const std::string& name, const engine::FrozenTraces& sums) override;
  void on_generation_end(const engine::FrozenTraces& last) override;
  void on_end(const engine::FrozenTraces& last) override;
  // For a caller that did not look at earlier game frames, because no budget was declared: the budgets that were
  // declared meanwhile are judged from the next game frame on. `state` is the state at the end of the game frame before
  // that one.
  void begin_after(const engine::FrozenTraces& state);

  const BudgetJudge& judge() const { return judge_; }
  // The site that has most of what exceeded a limit in the game frame that ended last. Nothing where no site is known,
  // as for budgets of threads. The states are those of that game frame.
  std::optional<engine::SiteId> top_site(const BudgetJudge::Breach& breach, const engine::FrozenTraces* before,
                                         const engine::FrozenTraces& after);

 private:
  class Names final : public BudgetNames {
   public:
    explicit Names(const engine::TracerState& tracer) : tracer_(tracer) {}
    // Both names existed before the site did.
    std::string tag_of(uint32_t site) const override;
    std::string domain_of(uint32_t site) const override;
    std::string thread(uint32_t thread) const override;
    const Traceback* stack_of(uint32_t) const override { return nullptr; }
    std::vector<std::string> all() const override;

    void look_at(const engine::SiteTable* sites) { sites_ = sites; }

   private:
    const engine::TracerState& tracer_;
    const engine::SiteTable* sites_ = nullptr;
  };

  void take_declared(const engine::FrozenTraces* before);
  void add_changes(const engine::FrozenTraces* before, const engine::FrozenTraces& after);
  void stand_on(const engine::FrozenTraces& state);
  BudgetJudge::VisitBlocks blocks_of(const engine::FrozenTraces& state) const;
  void follow_clock(const engine::FrozenTraces& state);

  const engine::TracerState& tracer_;
  const BudgetStart declared_start_;
  Names names_;
  BudgetJudge judge_;
  struct Declared {
    uint32_t place;  // in the tracer's table
    size_t budget;
    engine::BudgetLimits limits;
  };
  std::vector<Declared> declared_;
  uint32_t makeshift_game_frames_ = 0;  // as far as is known
};

}  // namespace heapreel
