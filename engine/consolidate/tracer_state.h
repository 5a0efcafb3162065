// All shared state of one tracer: what hooks, cut-takers and the consolidator have in common, whichever process the
// consolidator runs in.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "engine/consolidate/judged_budgets.h"
#include "engine/cut/cut_state.h"
#include "engine/record/exec_announcement.h"
#include "engine/store/latest_value.h"

namespace heapreel::engine {

struct TracerState : CutState {
  explicit TracerState(const TracerOptions& from) : CutState(from, this_layout()) {}

  static uint64_t this_layout() {
    return uint64_t{sizeof(TracerState)} | uint64_t{sizeof(CutRequest)} << 24 | uint64_t{sizeof(Recorder)} << 40;
  }
  // Whether this build can read the state. Another build of heapreel may have made it.
  bool has_this_layout() const { return version == kVersion && layout == this_layout(); }

  // Bytes of the arena's addresses that are kept for applying what is still in the rings when memory is spent, so that
  // tracing ends before the store has to refuse anything.
  size_t arena_reserve() const {
    const size_t for_rings = 4 * options.ring_budget;
    const size_t most = Arena::capacity() / 8;
    return for_rings < most ? for_rings : most;
  }

  // The best source that has ended a game frame so far.
  std::atomic<GameFrameSource> game_frame_source{GameFrameSource::kTimer};
  // For kPresent: which of the functions that show a picture, by the number that the hooks give it.
  std::atomic<uint32_t> present_function{0};

  // How budgets that the program declares were kept, for the program to ask when another process judges them.
  JudgedBudgets judged;

  LatestTotals estimate;
  ExecAnnouncement exec_announcement;
  // relaxed: nothing else is read because of this flag, and it is set before the program can ask for a snapshot
  std::atomic<bool> misses_malloc{false};  // the program's malloc is not heapreel's
};

// This process's; null until start() or attach().
inline TracerState* tracer_state() {
  return static_cast<TracerState*>(g_recording);
}

}  // namespace heapreel::engine
