// How much of a limited resource the tracer may take: a quarter of the limit, or nothing, because the program must
// still get enough of what it would have had alone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/memory/arena_address.h"
#include "engine/memory/platform.h"

namespace heapreel::engine {

// Bytes for an arena of private memory, or of memory shared by a consolidating process; 0: there is no room for one.
inline size_t arena_share(const platform::MemoryLimits& limits, bool shared) {
  // Pages of a memory object are committed when they are touched: with strict accounting that may fail, by SIGBUS.
  if (shared && limits.commits_strictly) return 0;
  uint64_t least = limits.address_space;
  if (!shared && limits.private_memory < least) least = limits.private_memory;
  size_t bytes = kArenaBytes;
  while (bytes > least / 4) bytes /= 2;
  return bytes < kLeastArenaBytes ? 0 : bytes;
}

// Bytes of address space that an arena may keep for what is still to come when the program lowers its limits while it is
// traced; UINT64_MAX: no limit that counts.
inline uint64_t kept_under(const platform::MemoryLimits& limits, bool shared) {
  uint64_t least = limits.address_space;
  if (!shared && limits.private_memory < least) least = limits.private_memory;
  return least == UINT64_MAX ? UINT64_MAX : least / 8;
}

// How many bytes of memory the tracer may use when `limit` is what the whole process may use.
inline uint64_t touched_share(uint64_t limit) {
  return limit == UINT64_MAX ? UINT64_MAX : limit / 4;
}

}  // namespace heapreel::engine
