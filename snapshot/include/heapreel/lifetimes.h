// Questions about when blocks were born and when they died, in game frames.
//
// A block is born in one game frame and freed in another, perhaps the same; it is alive at the end of a game frame when
// it was born up to then and not freed. A realloc is a death and a birth. A range A..B holds both of its ends.
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

// The queries of Unreal Memory Insights, for game frames A <= B <= C <= D. a is the game frame a block was born in, f
// the one it was freed in; a block that lives has an f after all of them.
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
};

struct LifetimeRuleInfo {
  LifetimeRule rule;
  std::string_view name;     // "memory-leaks"
  int game_frames;           // how many of A, B, C, D it asks for
  std::string_view meaning;  // one line
  // Blocks that are gone are counted by site, not listed: such a rule has no answer by thread or size_class.
  bool counts_dead_blocks;
};

// All 14, in the order of the enumeration.
HEAPREEL_API std::span<const LifetimeRuleInfo> lifetime_rules();
HEAPREEL_API const LifetimeRuleInfo& lifetime_rule_info(LifetimeRule rule);
// Throws std::invalid_argument("unknown lifetime rule: 'foo'").
HEAPREEL_API LifetimeRule lifetime_rule_from_string(std::string_view name);

// Those that the rule does not ask for are not looked at.
struct LifetimeGameFrames {
  uint64_t a = 0;
  uint64_t b = 0;
  uint64_t c = 0;
  uint64_t d = 0;
};

// The state at the end of a game frame, or nothing where no traces were kept before or at it. Asked for each game frame
// that a rule needs, at most thrice. All snapshots are of one tracer's or one reel's history. One that was taken a
// little after a boundary answers for its own moment.
using SnapshotAtEndOf = std::function<std::optional<Snapshot>(uint64_t game_frame)>;

// One group of blocks; figures below zero only from growth_vs_decline.
struct HEAPREEL_API LifetimeStatistic {
  Traceback traceback;  // as in Statistic
  int64_t size = 0;     // bytes
  int64_t count = 0;    // blocks; in cumulative mode, occurrences

  // "a.cc:5: size=96 B, count=3", with signs where there is one below zero.
  std::string to_string() const;

  friend bool operator==(const LifetimeStatistic&, const LifetimeStatistic&) = default;
};

// The blocks that meet the rule, by group; sorted by |size|, size, |count|, count, traceback, all descending. `last` is
// the last game frame there is, for LifetimeRule::after. Groups by the skip list of the latest snapshot.
//
// Throws std::invalid_argument for game frames that are not in order, a key that the rule has no answer for, a
// cumulative form that there is not, snapshots without a history (from_traces, load), and where clear_traces() or
// stop() lies between the states that are compared: what they forgot was not freed.
HEAPREEL_API std::vector<LifetimeStatistic> lifetimes(LifetimeRule rule, const LifetimeGameFrames& game_frames,
                                                      uint64_t last, const SnapshotAtEndOf& at_end_of, KeyType key_type,
                                                      bool cumulative = false);

}  // namespace heapreel
