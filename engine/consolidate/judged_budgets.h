// How budgets that the program declares were kept: the process that judges them tells it to the program.
//
// Sync edges:
//   [judged.frames]  game_frames_: release in tell -> acquire in wait_for. Carries the findings.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/memory/platform.h"

namespace heapreel::engine {

struct BudgetFindings {
  bool broken = false;      // a limit was passed
  bool incomplete = false;  // not every game frame could be looked at
};

class JudgedBudgets {
 public:
  // Called by the process that judges: all game frames up to this one were judged, as FrozenTraces::game_frame counts
  // them.
  void tell(uint32_t game_frames, BudgetFindings findings) {
    // relaxed: carried by [judged.frames]
    findings_.store((findings.broken ? kBroken : 0) | (findings.incomplete ? kIncomplete : 0),
                    std::memory_order_relaxed);
    // [judged.frames] release
    game_frames_.store(game_frames, std::memory_order_release);
    platform::futex_wake_all(game_frames_);
  }

  // False when fewer game frames were judged within `patience_ns`.
  bool wait_for(uint32_t game_frames, uint64_t patience_ns, BudgetFindings& findings) const {
    const uint64_t end = platform::monotonic_ns() + patience_ns;
    for (;;) {
      // [judged.frames] acquire
      const uint32_t judged = game_frames_.load(std::memory_order_acquire);
      if (judged >= game_frames) break;
      const uint64_t now = platform::monotonic_ns();
      if (now >= end) return false;
      platform::futex_wait(game_frames_, judged, end - now);
    }
    // relaxed: as above
    const uint32_t found = findings_.load(std::memory_order_relaxed);
    findings = {(found & kBroken) != 0, (found & kIncomplete) != 0};
    return true;
  }

 private:
  static constexpr uint32_t kBroken = 1, kIncomplete = 2;

  std::atomic<uint32_t> game_frames_{0};
  std::atomic<uint32_t> findings_{0};
};

}  // namespace heapreel::engine
