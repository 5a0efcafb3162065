// Checks in every game frame of a recording whether names keep to their budgets. The cost grows with what changed.
//
// What it says is exact. When the state of a game frame was merged into the next one's, or a generation ended in it, it
// is not known what was allocated in that game frame, which counts as unknown.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/frozen_traces.h"
#include "snapshot/reel/format/recorded_budgets.h"

namespace heapreel::engine {
struct TracerState;
}

namespace heapreel {

enum class BudgetFigure : uint8_t { kAllocs, kAllocBytes, kLiveBytes };
inline constexpr std::array kBudgetFigures = {BudgetFigure::kAllocs, BudgetFigure::kAllocBytes,
                                              BudgetFigure::kLiveBytes};

constexpr uint64_t limit_of(const engine::BudgetLimits& limits, BudgetFigure figure) {
  switch (figure) {
    case BudgetFigure::kAllocs:
      return limits.allocs_per_game_frame;
    case BudgetFigure::kAllocBytes:
      return limits.alloc_bytes_per_game_frame;
    case BudgetFigure::kLiveBytes:
      return limits.live_bytes;
  }
  return engine::BudgetLimits::kNone;
}

// Whether what was allocated under a tag, in a domain, falls under a budget of that name. One of a thread covers no
// site.
bool budget_covers(std::string_view budget, std::string_view tag, std::string_view domain);
// Whether what a thread of this name allocated does.
bool budget_covers_thread(std::string_view budget, std::string_view thread);
// "thread:NAME", whose figures are of all threads of that name together.
bool is_budget_of_thread(std::string_view budget);

// Over one limit of one budget.
struct BudgetBreach {
  uint64_t game_frames = 0;  // over it; 0: it was kept
  uint32_t worst_game_frame = 0;
  uint64_t worst = 0;
};

// One thread.
class BudgetWatch {
 public:
  // `tracer` supplies names, and outlives the watch. Game frames below `first_game_frame` are not judged.
  BudgetWatch(const engine::TracerState& tracer, std::vector<NamedBudget> budgets, uint32_t first_game_frame);

  // The steps of a recording, in their order. `before` is the state at the end of the game frame before; null when
  // there is none.
  void on_game_frame(const engine::FrozenTraces* before, const engine::FrozenTraces& after);
  void on_merged_game_frame(const engine::FrozenTraces& sums);
  void on_generation_end();

  const std::vector<NamedBudget>& budgets() const { return budgets_; }
  const BudgetBreach& breach(size_t budget, BudgetFigure figure) const {
    return breaches_[budget][static_cast<size_t>(figure)];
  }
  bool is_broken(size_t budget) const;
  // Whether anything was allocated under the name of this budget so far.
  bool name_was_seen(size_t budget) const { return name_was_seen_[budget]; }
  // Whether anything has this name, even a tag under which nothing was allocated.
  bool is_known(size_t budget) const;
  // What budgets could be named: tags, "domain:NAME", "thread:NAME", each once, by name.
  std::vector<std::string> known_names() const;
  // Game frames.
  uint64_t judged() const { return judged_; }
  uint64_t unknown() const { return unknown_; }

 private:
  using Figures = std::array<uint64_t, kBudgetFigures.size()>;

  void add(const engine::FrozenTraces& state, engine::SiteId site, const engine::SiteAggregate* before,
           const engine::SiteAggregate* after);
  void add_thread(uint32_t thread, const engine::GroupSums* before, const engine::GroupSums& after);
  const std::vector<uint32_t>& budgets_of(const engine::FrozenTraces& state, engine::SiteId site);
  const std::vector<uint32_t>& budgets_of_thread(uint32_t thread);
  void judge(uint32_t game_frame);
  void begin_own_game_frames();

  const engine::TracerState& tracer_;
  const std::vector<NamedBudget> budgets_;
  const uint32_t first_game_frame_;

  std::vector<Figures> figures_;  // of the current game frame, by budget
  // While a timer makes the game frames: what all of them allocated so far. It becomes the program's game frame 0 as
  // soon as the program makes one.
  std::vector<Figures> before_own_;
  bool before_own_is_known_ = true;
  uint32_t makeshift_game_frames_ = 0;  // as far as is known
  std::vector<std::array<BudgetBreach, kBudgetFigures.size()>> breaches_;
  std::vector<bool> name_was_seen_;
  std::vector<std::vector<uint32_t>> budgets_by_site_;  // of this generation, as far as they were met
  std::vector<bool> knows_site_;
  std::vector<std::optional<std::vector<uint32_t>>> budgets_by_thread_;  // as far as they were met
  bool counts_are_unknown_ = false;                                      // of the current game frame
  uint64_t judged_ = 0;
  uint64_t unknown_ = 0;
};

}  // namespace heapreel
