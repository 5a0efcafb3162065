// The budgets that the program declared: names and limits of tags, domains and threads. Hooks never look at them, and
// nothing is judged here. Budgets are only ever added and never move; a later declaration of the same name replaces all
// its limits. Zeroed memory is an empty table. It is never constructed, because that would touch all of it.
//
// One writer at a time: the holder of tracer.cc's lock of names. Readers on any thread, in any process that has the
// memory, even when the writer was killed in the middle.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/memory/name_table.h"
#include "engine/store/latest_value.h"

namespace heapreel::engine {

// The limits of one name. Plain data; readers take it as it is from memory that the program may have written to.
struct BudgetLimits {
  static constexpr uint64_t kNone = UINT64_MAX;
  static constexpr size_t kMarkBytes = 64;  // with the zero at its end, as of marks

  uint64_t allocs_per_game_frame = kNone;
  uint64_t alloc_bytes_per_game_frame = kNone;
  uint64_t live_bytes = kNone;  // at the end of a game frame
  uint64_t frees_per_game_frame = kNone;
  uint64_t live_blocks = kNone;
  uint64_t allocs_per_game_frame_p99 = kNone;
  uint64_t alloc_bytes_per_game_frame_p99 = kNone;
  uint64_t frees_per_game_frame_p99 = kNone;
  uint64_t allocs_per_game_frame_average = kNone;
  uint64_t alloc_bytes_per_game_frame_average = kNone;
  uint64_t frees_per_game_frame_average = kNone;
  uint64_t live_bytes_growth_per_100_game_frames = kNone;
  uint64_t live_blocks_growth_per_100_game_frames = kNone;
  uint64_t new_sites = kNone;
  uint64_t blocks_left = kNone;
  uint64_t bytes_left = kNone;

  uint32_t first_game_frame = 0;  // judged from this one on, counted from `first_mark` where there is one
  uint32_t settle_game_frames = 0;
  uint32_t optional = 0;  // 1: the name may be one that nothing has
  char first_mark[kMarkBytes] = {};
  char from_mark[kMarkBytes] = {};  // for blocks_left and bytes_left: what is born between these marks
  char to_mark[kMarkBytes] = {};

  friend bool operator==(const BudgetLimits&, const BudgetLimits&) = default;
};

class BudgetTable {
 public:
  static constexpr uint32_t kMost = 1024;
  static constexpr size_t kNameBytes = 120;  // with the zero at its end, as a scope's

  // Declares a budget. `name` is shorter than kNameBytes. False when the table is full and the name is new; it then
  // counts as refused.
  bool declare(const char* name, const BudgetLimits& limits) {
    const uint32_t known = names_.find(name);
    const uint32_t place = known != Names::kNone ? known : names_.count();
    if (place == kMost) {
      refuse();
      return false;
    }
    // The limits come before the name, because readers look for the name.
    limits_[place].publish(limits);
    if (known == Names::kNone) names_.add(name, 0);
    return true;
  }
  void refuse() {
    // relaxed: a statistic
    refused_.fetch_add(1, std::memory_order_relaxed);
  }

  // Copies all budgets into an empty table of another arena.
  void copy_to(BudgetTable& table) const {
    for (uint32_t place = 0; place < count(); ++place) {
      if (const char* known = name(place); known != nullptr) table.declare(known, limits(place));
    }
    // relaxed: a statistic
    table.refused_.store(refused(), std::memory_order_relaxed);
  }

  uint32_t count() const { return names_.count(); }
  // Null while the place is being filled.
  const char* name(uint32_t place) const {
    const auto* entry = names_.at(place);
    return entry == nullptr ? nullptr : entry->text;
  }
  BudgetLimits limits(uint32_t place) const { return limits_[place].read(); }
  // How often a declaration found no room.
  uint64_t refused() const {
    // relaxed: a statistic
    return refused_.load(std::memory_order_relaxed);
  }

 private:
  using Names = NameTable<kMost, kNameBytes>;

  std::atomic<uint64_t> refused_;
  Names names_;
  BasicLatestValue<BudgetLimits> limits_[kMost];
};

}  // namespace heapreel::engine
