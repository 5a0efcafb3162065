// Judges game frames by budgets. Its callers tell it what changed in each game frame: BudgetWatch while the program
// runs, ReelJudge when a reel is read. Both use this judge, and so agree.
//
// Its verdicts are exact. What is not known, because a game frame was merged into the next one or traces were cleared
// in it, counts as unknown.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "snapshot/budget/budget.h"
#include "snapshot/budget/budget_names.h"
#include "snapshot/budget/budget_verdict.h"
#include "snapshot/budget/site_scopes.h"

namespace heapreel {

// One thread.
class BudgetJudge {
 public:
  // `names` outlives the judge.
  BudgetJudge(std::vector<Budget> budgets, std::vector<SiteIgnore> ignores, const BudgetNames& names);

  // Game frame by game frame: what sites and threads did, then its end.
  void change_site(uint32_t site, const BudgetSums& before, const BudgetSums& after);
  void change_thread(uint32_t thread, const BudgetSums& before, const BudgetSums& after);
  // The peak of a domain that is not malloc. A domain for which this is not called counts as one without memory.
  void see_peak(uint32_t domain, const BudgetPeak& peak);
  // Nobody knows how much lived at once in this game frame.
  void lose_peaks();
  // Whether any budget looks at peaks.
  bool looks_at_peaks() const;
  struct LiveBlock {
    uint32_t site, thread;
    uint64_t size;
    uint32_t born;  // the program's own number of the game frame
  };
  // Calls visit(LiveBlock) for all live blocks. It is called at once where blocks have to be counted, or never.
  using VisitBlocks = std::function<void(const std::function<void(const LiveBlock&)>&)>;
  void end_game_frame(uint32_t number, const VisitBlocks& blocks);
  // Judges what came after the last game frame: only the blocks between marks are looked at.
  void end_recording(const VisitBlocks& blocks);

  // Limits that were exceeded in the game frame that ended last, or in what end_recording() counted. Limits on
  // percentiles and averages are not among them, because only all game frames together can exceed them.
  struct Breach {
    size_t budget;
    BudgetLimit limit;
    uint64_t value;
    uint32_t game_frame;
  };
  const std::vector<Breach>& breaches() const { return breaches_; }

  // From now on it is not known what threads do.
  void lose_threads();
  // A game frame ended that has no state of its own. What see_peak() told of it is judged.
  void miss_game_frame(uint32_t number);
  // Sites and live blocks begin anew. `sites_are_renumbered`: the sites have new numbers, too.
  void begin_generation(bool sites_are_renumbered);
  // None of the game frames so far was the program's own: verdicts begin anew. What was allocated in all of them
  // belongs to the current game frame.
  void restart();

  void pass_mark(std::string_view name, uint32_t game_frame);

  // Adds a budget that is declared while game frames pass. The caller then tells all sites and threads that there were
  // at the end of the last game frame once more: begin_standing(), and stand() and stand_thread() for each.
  void declare(Budget budget);
  // Replaces a declared budget from the current game frame on; it keeps its name.
  void replace(size_t budget, Budget with);
  // The budget judges no game frame until it is activated. What was allocated before that does not count for it.
  void put_off(size_t budget) { states_[budget].active = false; }
  void activate(size_t budget);
  void begin_standing();
  void stand(uint32_t site, const BudgetSums& sums);
  void stand_thread(uint32_t thread, const BudgetSums& sums);

  const std::vector<Budget>& budgets() const { return budgets_; }
  LimitVerdict verdict(size_t budget, LimitKind limit) const;
  BudgetVerdict verdict(size_t budget) const;
  // Game frames that at least one budget applied to.
  uint64_t judged() const { return judged_; }
  uint64_t unknown() const { return unknown_; }

  const SiteScopes& scopes() const { return scopes_; }
  // Whether allocations at a site count for a budget.
  bool covers(size_t budget, uint32_t site);
  // The names of marks so far, each once, in the order in which they first came.
  const std::vector<std::string>& marks() const { return mark_names_; }

 private:
  struct LimitState {
    uint64_t worst = 0;
    std::optional<uint64_t> latest;
    uint32_t worst_game_frame = 0;
    uint32_t first_game_frame = 0;
    uint32_t worst_from = 0;
    uint64_t over = 0;
    uint64_t undecided = 0;
    uint64_t worst_bound = 0;
    std::map<uint64_t, uint64_t> values;  // how often each value came; for percentiles only
    uint64_t sum = 0;
    uint64_t judged = 0;  // values, or windows
    // For growth: the least value of the window so far, and that of the window before.
    std::optional<uint64_t> least, least_before;
    uint32_t window = 0;
  };
  struct PendingCount {
    uint32_t from, to, at;  // game frames
  };
  struct State {
    BudgetSums now;  // allocs, frees and bytes of the current game frame, and what lives at its end
    BudgetSums all;  // of all game frames so far, while they may still become one game frame
    uint64_t new_sites = 0;
    uint64_t all_new_sites = 0;
    BudgetPeak peak, highest_peak;  // of the current game frame, and of all so far
    std::vector<LimitState> limits;
    bool active = true;
    bool lacks_sources = false;  // the code or the thread of some allocations is not known
    uint64_t judged = 0;
    uint64_t unknown = 0;  // game frames, as are those below
    uint64_t unknown_counts = 0, unknown_peaks = 0;
    std::optional<uint32_t> start;  // the first game frame that is judged, as soon as it is known
    std::optional<uint32_t> from;
    std::vector<PendingCount> pending;
    bool has_settled = false;  // what is left was counted at least once, when it was due
  };

  void add(State& state, const BudgetSums& before, const BudgetSums& after);
  bool is_judged(const Budget& budget, const State& state, uint32_t number) const;
  // Notes whether all that a budget looks at in the game frame is known, and whether it is not.
  struct Known {
    bool all = false;
    bool not_all = false;
  };
  void note_known(size_t budget, Known& known);
  void judge(size_t budget, uint32_t number);
  void judge_peak(size_t budget, size_t place, uint32_t number);
  void judge_value(size_t budget, size_t place, uint64_t value, uint32_t number);
  void judge_growth(size_t budget, size_t place, uint64_t value, uint32_t number);
  void note_mark(const std::string& name, uint32_t game_frame);
  void count_left(uint32_t number, const VisitBlocks& blocks);
  void reset_counts();

  std::vector<Budget> budgets_;
  SiteScopes scopes_;
  std::vector<State> states_;
  std::vector<std::string> mark_names_;
  std::vector<uint32_t> passed_marks_;  // all in their order: positions in mark_names_
  bool counts_are_unknown_ = false;     // of the current game frame
  bool all_is_known_ = true;
  bool peaks_are_unknown_ = false;  // of the current game frame
  bool all_peaks_are_known_ = true;
  uint64_t judged_ = 0;
  uint64_t unknown_ = 0;
  std::vector<Breach> breaches_;
};

}  // namespace heapreel
