// Judges game frames by budgets. Whoever calls it says what changed in each game frame, whether the program still runs
// or its reel is read: budget_watch and reel_judge, which agree for that reason.
//
// What it says is exact. What is not known, of a game frame that was merged into the next one or in which traces were
// cleared, is counted as unknown.
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
  // Of a domain that is not malloc; what is not told of has nothing.
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
  // visit(LiveBlock) for all that live; called at once where blocks are counted, or never.
  using VisitBlocks = std::function<void(const std::function<void(const LiveBlock&)>&)>;
  void end_game_frame(uint32_t number, const VisitBlocks& blocks);
  // What came after the last game frame: only blocks that marks ask for are looked at.
  void end_recording(const VisitBlocks& blocks);

  // Limits that were passed in the game frame that ended last, or in what end_recording() counted. Not those of percentiles
  // and averages, which only all game frames together can pass.
  struct Breach {
    size_t budget;
    BudgetLimit limit;
    uint64_t value;
    uint32_t game_frame;
  };
  const std::vector<Breach>& breaches() const { return breaches_; }

  // From here on nobody knows what threads do.
  void lose_threads();
  // A game frame without a state of its own ended. What see_peak() told of it is judged.
  void miss_game_frame(uint32_t number);
  // Sites and what lives begin anew. `sites_are_renumbered`: so do their numbers.
  void begin_generation(bool sites_are_renumbered);
  // The game frames so far were none of the program's own: verdicts begin anew. What was allocated in all of them is of
  // the current game frame.
  void restart();

  void pass_mark(std::string_view name, uint32_t game_frame);

  // A budget that is declared while game frames pass. The caller then tells anew of all sites and threads that there
  // were at the end of the last game frame: begin_standing(), stand() and stand_thread() for each.
  void declare(Budget budget);
  // What a declared budget is from the current game frame on; it keeps its name.
  void replace(size_t budget, Budget with);
  // Until it is activated, a budget judges no game frame. What was allocated before does not count for it.
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
  // Whether what is allocated at a site is of a budget.
  bool covers(size_t budget, uint32_t site);
  // Names of marks that were passed, each once, in the order of the first time.
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
    std::map<uint64_t, uint64_t> values;  // how often each; of percentiles only
    uint64_t sum = 0;
    uint64_t judged = 0;  // values, or windows
    // Of growth: the least value of the window so far, and that of the window before.
    std::optional<uint64_t> least, least_before;
    uint32_t window = 0;
  };
  struct PendingCount {
    uint32_t from, to, at;  // game frames
  };
  struct State {
    BudgetSums now;  // allocs, frees, bytes: of the current game frame; live: at its end
    BudgetSums all;  // of all game frames so far, while they may all become one
    uint64_t new_sites = 0;
    uint64_t all_new_sites = 0;
    BudgetPeak peak, highest_peak;  // of the current game frame, and of all so far
    std::vector<LimitState> limits;
    bool active = true;
    bool lacks_sources = false;  // nobody knows the code, or the thread, of all that was allocated
    uint64_t judged = 0;
    uint64_t unknown = 0;  // game frames, as are those below
    uint64_t unknown_counts = 0, unknown_peaks = 0;
    std::optional<uint32_t> start;  // the first game frame that is judged, as soon as it is known
    std::optional<uint32_t> from;
    std::vector<PendingCount> pending;
    bool has_settled = false;  // what is left was counted when it was due, at least once
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
