// The engine's description of the allocator, as the hooks give it: the fake keeps it for tests to look at.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heapreel::engine {

struct BlockBounds {
  uintptr_t begin = 0;
  size_t size = 0;
};

struct SizeClasses {
  static constexpr uint32_t kMost = 128;
  static constexpr size_t kLargestBlock = 65'536;

  size_t sizes[kMost] = {};
  uint32_t count = 0;
  BlockBounds (*find_block)(uintptr_t p) noexcept = nullptr;
};
inline constinit SizeClasses g_size_classes = {};

inline bool describe_allocator(const size_t* sizes, uint32_t count,
                               BlockBounds (*find_block)(uintptr_t) noexcept) noexcept {
  for (uint32_t index = 0; index < count; ++index) g_size_classes.sizes[index] = sizes[index];
  g_size_classes.count = count;
  g_size_classes.find_block = find_block;
  return true;
}

}  // namespace heapreel::engine
