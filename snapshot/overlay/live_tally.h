// Computes the figures of game frames from their frozen states. The cost follows what changed. It allocates nothing for
// a game frame in which no site, domain or budget is new.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <heapreel/live_figures.h>

#include "engine/store/frozen_traces.h"
#include "snapshot/budget/budget_watch.h"
#include "snapshot/model/frame_picker.h"
#include "snapshot/model/traceback_source.h"

namespace heapreel {

// One thread.
class LiveTally {
 public:
  // `tracer` outlives it.
  explicit LiveTally(const engine::TracerState& tracer);

  // Takes the state at the end of a game frame. `before` is that of the call before, null when there was none.
  // `game_frames` is how many ended in between. `source` has the tracebacks of `after`.
  void add(const engine::FrozenTraces* before, const engine::FrozenTraces& after, uint32_t game_frames,
           const TracebackSource& source);

  // Writes the figures as of the last add(). The caller fills in what only the tracer can tell at this moment: state,
  // is_exact and tracer_bytes.
  void write(GameFrameFigures& figures);

 private:
  struct Sums {
    uint64_t allocs = 0;
    uint64_t alloc_bytes = 0;
  };
  struct Domain {
    std::string name;
    uint64_t live_blocks = 0;
    uint64_t live_bytes = 0;
    Sums now;
  };
  struct Place {
    std::string function, place;
    Sums now;
  };

  void begin_generation();
  void add_site(uint32_t site, const engine::SiteAggregate* before, const engine::SiteAggregate* after,
                const engine::SiteTable& sites, const TracebackSource& source);
  Domain& domain(uint32_t number, const TracebackSource& source);
  uint32_t place_of(uint32_t site, uint32_t traceback, const TracebackSource& source);
  void judge(const engine::FrozenTraces* before, const engine::FrozenTraces& after, uint32_t game_frames);
  void write_domains(GameFrameFigures& figures);
  void write_sites(GameFrameFigures& figures);
  void write_budgets(GameFrameFigures& figures);

  BudgetWatch watch_;
  bool watches_ = false;
  FramePicker picker_;
  std::vector<Domain> domains_;  // by number
  std::vector<uint32_t> shown_domains_;
  std::vector<Place> places_;
  std::unordered_map<Frame, uint32_t> place_numbers_;
  std::vector<uint32_t> place_of_site_;  // by site
  std::vector<uint32_t> busy_places_;    // that allocated in this game frame
  std::vector<GameFrameFigures::Budget> shown_budgets_;
  GameFrameFigures sums_;  // all but what write() fills in
};

}  // namespace heapreel
