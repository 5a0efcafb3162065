// What the engine knows of the allocator behind domain 0: that it keeps blocks of one size together, and which sizes
// there are. The hooks tell it before tracing starts. Where they do not, nothing is assumed of the allocator.
//
// Sync edges:
//   [classes.publish]  described: release in describe_allocator -> acquire in describes_allocator. Carries the classes
//                      and find_block.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace heapreel::engine {

// The block that an address lies in.
struct BlockBounds {
  uintptr_t begin = 0;
  size_t size = 0;  // bytes from this block to the next; 0: the allocator cannot tell
};

// One size of block. The allocator gives one to whoever asks for first_size to first_size + sizes - 1 bytes.
struct SizeClass {
  uint32_t reciprocal = 0;  // 2^31 / granules of a block, rounded up; 0 where there is no such class
  uint32_t first_size = 0;
  uint32_t sizes = 0;
  uint16_t granules = 0;     // of 16 bytes, in a block
  uint16_t table_units = 0;  // of 64 bytes, that the ids of a slice take up at most
};

struct SizeClasses {
  static constexpr uint32_t kMost = 128;
  static constexpr size_t kLargestBlock = 65'536;

  SizeClass classes[kMost] = {};  // [0] is none
  uint32_t count = 0;             // with [0]
  BlockBounds (*find_block)(uintptr_t p) noexcept = nullptr;
  std::atomic<bool> described{false};
};

[[gnu::visibility("hidden")]] extern constinit SizeClasses g_size_classes;

// Tells the engine that blocks of domain 0 come from an allocator with blocks of these `sizes`, in bytes and ascending:
// a request of n bytes gets the first size that is at least n. All blocks that begin in one aligned 64 KiB of addresses
// have one size, and when that size changes, every block of the old size has been given back. `find_block` finds the
// block that any address lies in, and never faults. Call it once, before start(). False, and nothing changes, when the
// engine cannot use these sizes.
bool describe_allocator(const size_t* sizes, uint32_t count, BlockBounds (*find_block)(uintptr_t p) noexcept) noexcept;

// Any thread.
inline bool describes_allocator() {
  // [classes.publish] acquire
  return g_size_classes.described.load(std::memory_order_acquire);
}

}  // namespace heapreel::engine
