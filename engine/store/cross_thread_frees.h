// What threads that did not allocate the blocks of a site freed of them: sites cannot tell by themselves, since blocks
// that are gone are not listed.
#pragma once

#include <cstdint>

namespace heapreel::engine {

// Sums up to now, in bytes as requested. A block that a realloc or the reset of an arena ends is freed by the thread that
// calls it. A block of which no free was seen, because its address was allocated again, counts here too: nobody knows who
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
