// Sums over the blocks of one thread, or of one size class. Sites cannot tell these, because freed blocks are not
// listed. Both kinds of group have numbers of one sequence, so that one frozen array holds them.
#pragma once

#include <bit>
#include <cstdint>

namespace heapreel::engine {

// Sums up to now, in requested bytes. A free counts for the thread that allocated the block and for the block's size,
// whichever thread frees it. A realloc is also one of `allocs`; it counts for the thread that called it and for the new
// size.
struct alignas(64) GroupSums {
  uint64_t allocs;
  uint64_t alloc_bytes;
  uint64_t frees;
  uint64_t freed_bytes;
  uint64_t reallocs;

  void alloc(uint64_t size) {
    ++allocs;
    alloc_bytes += size;
  }
  void free(uint64_t size) {
    ++frees;
    freed_bytes += size;
  }
  uint64_t live_bytes() const { return alloc_bytes - freed_bytes; }

  friend bool operator==(const GroupSums&, const GroupSums&) = default;
};

// Size classes first, then threads by their place in the thread table.
using GroupId = uint32_t;

// The number of size classes. A block's class is the smallest power of two that holds it: 0 for a block of no bytes,
// otherwise 1 + the exponent.
inline constexpr uint32_t kSizeClasses = 66;
constexpr uint32_t size_class_of(uint64_t bytes) {
  if (static_cast<int64_t>(bytes - 1) < 0) [[unlikely]]
    return bytes == 0 ? 0 : kSizeClasses - 1;
  // Twice the largest size of a class gives the same class: one bit scan, of a number that is never 0.
  return 64 - static_cast<uint32_t>(__builtin_clzll(2 * bytes - 1));
}

inline constexpr uint32_t kMostThreads = 1 << 16;
// The last group is all threads that the table had no room for.
inline constexpr uint32_t kMostGroups = kSizeClasses + kMostThreads + 1;

constexpr bool is_size_class(GroupId group) {
  return group < kSizeClasses;
}
constexpr GroupId group_of_thread(uint32_t thread) {
  return kSizeClasses + (thread < kMostThreads ? thread : kMostThreads);
}
// The number by which blocks of this group name their thread.
constexpr uint32_t thread_of(GroupId group) {
  return group - kSizeClasses < kMostThreads ? group - kSizeClasses : UINT32_MAX;
}

}  // namespace heapreel::engine
