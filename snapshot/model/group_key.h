// Everything that decides which group a trace falls into.
#pragma once

#include <compare>
#include <cstdint>

#include <heapreel/key_type.h>
#include <heapreel/skip_list.h>

#include "snapshot/model/key_table.h"

namespace heapreel {

// How often a function counts a block when it is on the stack several times; for cumulative groupings.
enum class Recursion : uint8_t {
  kEachTime,  // as often as it is there, as tracemalloc does
  kOnce,      // once: no group has more than all blocks together
};

struct GroupKey {
  // Throws std::invalid_argument when the key has no cumulative form. Drops a skip list that the key never looks at, so
  // that equal groupings have equal keys.
  GroupKey(KeyType key_type, bool cumulative, const SkipList& skip_list, Recursion recursion = Recursion::kEachTime);

  KeyType key_type;
  bool cumulative;
  Recursion recursion = Recursion::kEachTime;
  SkipList skip_list;

  // Whether the block's own fields decide, and not its site's.
  bool is_per_block() const { return key_row(key_type).decides == KeyDecides::kBlock; }

  friend auto operator<=>(const GroupKey&, const GroupKey&) = default;
};

}  // namespace heapreel
