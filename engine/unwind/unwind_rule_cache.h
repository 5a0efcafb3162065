// What a walk remembers of rules by pc: 4096 entries, 4-way set-associative, one cache line for each set. Private to
// its owner.
#pragma once

#include <cstring>

#include "engine/unwind/unwind_rule.h"

namespace heapreel::engine {

// All-zero memory is an empty cache: no frame has the pc 0.
class UnwindRuleCache {
 public:
  // A pointer to the rule, or null. hot: one line is touched; recent rules sit in the first way.
  [[gnu::always_inline]] const UnwindRule* find(uintptr_t pc) const {
    const Set& set = sets_[set_of(pc)];
    if (set.ways[0].pc == pc) [[likely]]
      return &set.ways[0].rule;
    if (set.ways[1].pc == pc) return &set.ways[1].rule;
    if (set.ways[2].pc == pc) return &set.ways[2].rule;
    if (set.ways[3].pc == pc) return &set.ways[3].rule;
    return nullptr;
  }

  // The new rule becomes the first of its set, and the oldest one is dropped.
  void insert(uintptr_t pc, UnwindRule rule) {
    Set& set = sets_[set_of(pc)];
    std::memmove(&set.ways[1], &set.ways[0], sizeof(Way) * (kWays - 1));
    set.ways[0] = {pc, rule};
  }

  void clear() { std::memset(static_cast<void*>(this), 0, sizeof *this); }

 private:
  static constexpr unsigned kWays = 4;
  static constexpr unsigned kSetBits = 10;

  struct Way {
    uintptr_t pc;
    UnwindRule rule;
  };
  struct alignas(64) Set {
    Way ways[kWays];
  };

  // Functions are aligned to 16 bytes and calls cluster: with fewer bits in the hash there are three times as many
  // misses.
  static uintptr_t set_of(uintptr_t pc) { return (pc ^ (pc >> kSetBits)) & ((uintptr_t{1} << kSetBits) - 1); }

  Set sets_[1u << kSetBits];
};

}  // namespace heapreel::engine
