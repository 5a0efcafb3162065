// How much of a limited resource the tracer may take: a quarter of the limit, or nothing when the program would not
// have enough left.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/memory/arena_address.h"
#include "engine/memory/platform.h"

namespace heapreel::engine {

// Bytes for an arena in private memory, or in memory that a consolidating process shares; 0 when there is no room for
// one.
inline size_t arena_share(const platform::MemoryLimits& limits, bool shared) {
  // Pages of a memory object are committed when they are touched: with strict accounting that may fail, by SIGBUS.
  if (shared && limits.commits_strictly) return 0;
  uint64_t least = limits.address_space;
  if (!shared && limits.private_memory < least) least = limits.private_memory;
  size_t bytes = kArenaBytes;
  while (bytes > least / 4) bytes /= 2;
  return bytes < kLeastArenaBytes ? 0 : bytes;
}

// Bytes of unused address space that an arena may keep when the program lowers its limits while it is traced.
// UINT64_MAX when no limit matters.
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
