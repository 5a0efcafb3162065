// Judges the budgets that a program declares, in the program itself. When the program records a reel of itself, it runs
// on the thread that writes the reel; when the program is only traced, on the consolidator's thread. Under `heapreel
// run` the run judges the budgets instead.
//
// It is never destroyed.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "engine/consolidate/consolidator.h"
#include "snapshot/budget/budget_watch.h"
#include "snapshot/reel/breach_actions.h"

namespace heapreel {

class InProcessJudge final : public engine::CutListener, public GameFrameWatch {
 public:
  // `earlier`, the judge of an earlier tracer, is only kept.
  InProcessJudge(engine::TracerState& tracer, const InProcessJudge* earlier);

  // Called by the consolidator while no reel is recorded. What lives at the end of the last game frame stays pinned.
  bool wants_game_frame() override;
  bool on_game_frame(const engine::FrozenTraces& state) override;
  bool on_mark(const char* name, const engine::FrozenTraces& sums) override;
  bool wants_mark_state() override { return false; }
  void on_generation_end(const engine::FrozenTraces& last) override;
  void on_game_frame_number(uint32_t game_frame, uint32_t number) override;

  // Called by the writer of a reel that is being recorded.
  void on_game_frame(const engine::FrozenTraces* before, const engine::FrozenTraces& after) override;
  void on_merged_game_frame(const engine::FrozenTraces& sums) override;
  void on_mark(const std::string& name, const engine::FrozenTraces& sums) override;
  void on_end(const engine::FrozenTraces& last) override;

  // The status with which the program should exit: 0; 1 when a budget was broken or nothing has the name of one; 4 when
  // not everything could be judged. `now` is the state of this moment, null when nothing is traced. Waits until all
  // game frames before it are judged. Adds the reasons to `reasons`, each the first time only.
  int exit_status(const engine::FrozenTraces* now, std::vector<std::string>& reasons);

  engine::TracerState& tracer() const { return tracer_; }
  // Whether it judges the tracer that this process has now.
  bool is_current(const engine::TracerState* tracer) const {
    return tracer == &tracer_ && tracer->started_monotonic_ns == tracer_started_ns_;
  }
  BreachActions& actions() { return actions_; }

 private:
  void judge(const engine::FrozenTraces* before, const engine::FrozenTraces& after);
  void act(const engine::FrozenTraces* before, const engine::FrozenTraces& after);
  void act_at_end(const engine::FrozenTraces& now);
  bool is_of_program(const engine::FrozenTraces& state);
  void report(const BudgetJudge::Breach& breach, const engine::FrozenTraces* before, const engine::FrozenTraces& after);
  void forget_before();
  void come_to(uint32_t game_frame);
  bool is_news(const std::string& text);

  [[maybe_unused]] const InProcessJudge* const earlier_;  // so that a leak checker finds it
  engine::TracerState& tracer_;
  const uint64_t tracer_started_ns_;
  BreachActions actions_;

  std::mutex mutex_;
  std::condition_variable came_on_;
  // Owner of all below: mutex_'s holder.
  BudgetWatch watch_;
  std::optional<engine::FrozenTraces> before_;  // pinned
  bool missed_ = false;                         // nobody looked at some game frames, because no budget was declared
  bool timer_made_some_ = false;                // whether the timer made any of the game frames so far
  uint32_t game_frame_ = 0;                     // how many complete ones were looked at
  uint32_t number_ahead_ = 0;                   // the program's number less ours
  bool incomplete_ = false;
  std::set<std::tuple<size_t, LimitKind, uint32_t>> reported_;  // budget, limit, call stack
  std::set<std::string> said_;
};

}  // namespace heapreel
