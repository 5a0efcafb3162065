// Questions about when blocks were born and when they died, in game frames.
//
// A block is born in one game frame and freed in the same or a later one. It is alive at the end of a game frame when
// it was born by then and not yet freed. A realloc is a death and a birth. A range A..B includes both A and B.
//
//   what leaked while the level was loaded?      take_snapshot().born(load_begin, load_end)
//   what came and went in one game frame?        lifetimes(LifetimeRule::short_living, {.a = n, .b = n}, ...)
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <heapreel/export.h>
#include <heapreel/key_type.h>
#include <heapreel/snapshot.h>
#include <heapreel/traceback.h>

namespace heapreel {

// The queries of Unreal Memory Insights, and a last one that only heapreel has, for game frames A <= B <= C <= D. In
// the table below, a is the game frame in which a block was born, and f the one in which it was freed. For a block that
// still lives, f is later than all game frames.
enum class LifetimeRule : uint8_t {
  active_allocs,           // a <= A < f       alive at the end of A
  before,                  // f < A            gone before A began
  after,                   // A <= a           born in A or later
  decline,                 // a < A <= f <= B  there when A began, freed up to the end of B
  growth,                  // A <= a <= B < f  born in A..B and alive at the end of B
  growth_vs_decline,       // growth minus decline: the only rule whose figures may be negative
  free_events,             // A <= f <= B      freed in A..B
  alloc_events,            // A <= a <= B      born in A..B
  short_living,            // A <= a, f <= B   born and freed in A..B
  long_living,             // a < A, B < f     there when A began, alive at the end of B
  memory_leaks,            // A <= a <= B, C < f       born in A..B and alive at the end of C
  limited_lifetime,        // A <= a <= B < f <= C     born in A..B, freed after B and up to C
  decline_of_long_living,  // a < A, B < f <= C        there when A began, freed after B and up to C
  specific_lifetime,       // A <= a <= B, C < f <= D  born in A..B, freed after C and up to D
  cross_thread_frees,      // A <= f <= B      freed in A..B by another thread than the one that allocated
};

struct LifetimeRuleInfo {
  LifetimeRule rule;
  std::string_view name;     // "memory-leaks"
  int game_frames;           // how many of A, B, C, D it asks for
  std::string_view meaning;  // one line
  // Whether the rule asks for blocks that were freed. heapreel keeps only their sums by site, so that such a rule
  // cannot be answered by thread or size_class.
  bool counts_dead_blocks;
};

// All of them, in the order of the enumeration.
HEAPREEL_API std::span<const LifetimeRuleInfo> lifetime_rules();
HEAPREEL_API const LifetimeRuleInfo& lifetime_rule_info(LifetimeRule rule);
// Throws std::invalid_argument("unknown lifetime rule: 'foo'").
HEAPREEL_API LifetimeRule lifetime_rule_from_string(std::string_view name);

// The game frames A, B, C and D of a rule. Those that the rule does not ask for are ignored.
struct LifetimeGameFrames {
  uint64_t a = 0;
  uint64_t b = 0;
  uint64_t c = 0;
  uint64_t d = 0;
};

// Returns the snapshot at the end of a game frame, or nothing when no traces were kept up to then. lifetimes() asks for
// each game frame that its rule needs, at most three times. All snapshots must be from one tracer or one reel. A
// snapshot that was taken a little after the end of its game frame answers for its own moment.
using SnapshotAtEndOf = std::function<std::optional<Snapshot>(uint64_t game_frame)>;

// One group of blocks. Only growth_vs_decline has figures below zero.
struct HEAPREEL_API LifetimeStatistic {
  Traceback traceback;  // as in Statistic
  int64_t size = 0;     // bytes
  int64_t count = 0;    // blocks; in cumulative mode, occurrences

  // "a.cc:5: size=96 B, count=3", with signs where there is one below zero.
  std::string to_string() const;

  friend bool operator==(const LifetimeStatistic&, const LifetimeStatistic&) = default;
};

// The blocks that meet the rule, in groups, sorted by |size|, size, |count|, count, traceback, all descending. `last`
// is the last game frame that there is; only LifetimeRule::after needs it. Groups are made with the skip list of the
// latest snapshot.
//
// Throws std::invalid_argument
// - for game frames that are not in ascending order,
// - for a key that the rule has no answer for, or that has no cumulative form when one is asked for,
// - for snapshots without a history: made by from_traces() or load(),
// - for cross_thread_frees, with a reel that does not say who frees: an older heapreel recorded it, or it broke off,
// - when clear_traces() or stop() lies between the snapshots, because what they forgot was not freed.
HEAPREEL_API std::vector<LifetimeStatistic> lifetimes(LifetimeRule rule, const LifetimeGameFrames& game_frames,
                                                      uint64_t last, const SnapshotAtEndOf& at_end_of, KeyType key_type,
                                                      bool cumulative = false);

}  // namespace heapreel
