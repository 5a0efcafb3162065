// What other threads freed of the blocks of a site than those that allocated them. Sites cannot tell it themselves,
// because freed blocks are not listed.
#pragma once

#include <cstdint>

namespace heapreel::engine {

// Sums up to now, in requested bytes. When a realloc or the reset of an arena ends a block, the calling thread has
// freed it. A block whose free nobody saw, because its address was allocated again, counts here too: nobody knows who
// freed it.
struct alignas(64) CrossThreadFrees {
  uint64_t frees;
  uint64_t freed_bytes;
  uint64_t temporary_frees;  // of `frees`, in the game frame that allocated the block
  uint64_t temporary_bytes;  // of `freed_bytes`, likewise

  void free(uint64_t size, bool is_temporary) {
    ++frees;
    freed_bytes += size;
    if (!is_temporary) return;
    ++temporary_frees;
    temporary_bytes += size;
  }

  friend bool operator==(const CrossThreadFrees&, const CrossThreadFrees&) = default;
};

}  // namespace heapreel::engine
