// Checks in every game frame of a recording, while the program runs, whether names keep to their budgets: those that it
// was given, and those that the program declares. The cost grows with what changed.
//
// What it says is exact. When the state of a game frame was merged into the next one's, or a generation ended in it, it
// is not known what was allocated in that game frame, which counts as unknown.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/store/frozen_traces.h"
#include "snapshot/budget/budget_judge.h"
#include "snapshot/budget/budget_plan.h"

namespace heapreel::engine {
struct TracerState;
}

namespace heapreel {

// One thread.
class BudgetWatch {
 public:
  // `tracer` supplies names and what is declared, and outlives the watch.
  BudgetWatch(const engine::TracerState& tracer, BudgetPlan plan);
  BudgetWatch(const BudgetWatch&) = delete;
  BudgetWatch& operator=(const BudgetWatch&) = delete;

  // The steps of a recording, in their order. `before` is the state at the end of the game frame before; null when
  // there is none.
  void on_game_frame(const engine::FrozenTraces* before, const engine::FrozenTraces& after);
  void on_merged_game_frame(const engine::FrozenTraces& sums);
  void on_mark(const std::string& name, const engine::FrozenTraces& sums);
  void on_generation_end();
  void on_end(const engine::FrozenTraces& last);

  const BudgetJudge& judge() const { return judge_; }

 private:
  class Names final : public BudgetNames {
   public:
    explicit Names(const engine::TracerState& tracer) : tracer_(tracer) {}
    // Both names were there before the site was.
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
