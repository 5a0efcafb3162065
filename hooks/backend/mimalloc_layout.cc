#include "hooks/backend/mimalloc_layout.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "engine/record/size_classes.h"
#include "hooks/backend/backend_mimalloc.h"

namespace heapreel::hooks::backend {

namespace {

using engine::BlockBounds;
using engine::SizeClasses;

constexpr size_t kGranule = 16;
constexpr uintptr_t kSliceBytes = 64 << 10;

struct Sizes {
  size_t sizes[SizeClasses::kMost];
  uint32_t count;
};

size_t usable_at(uintptr_t address) {
  return mimalloc_usable_size(reinterpret_cast<void*>(address));
}

// mimalloc reads the header of the segment that an address lies in, so that there must be one. 2.0.9 has a map of its
// segments below 20 TiB. It takes anything beyond that lies where it places segments for its own.
bool is_mimallocs(uintptr_t address) {
  constexpr uintptr_t kKnownEnd = uintptr_t{20} << 40;
  const auto* const p = reinterpret_cast<void*>(address);
  return mimalloc_is_in_heap_region(p) || (address >= kKnownEnd && !may_be_foreign(p));
}

// On a page of which no block was given out with an alignment, mi_usable_size() returns the size of a block for any
// address in it. On other pages it returns the distance to the block's end.
BlockBounds find_block(uintptr_t address) noexcept {
  if (!is_mimallocs(address)) return {};
  constexpr uintptr_t kStep = 8;  // still in the block
  const size_t usable = usable_at(address);
  if (usable < kGranule || usable > SizeClasses::kLargestBlock) return {};
  if (usable_at(address + kStep) == usable) return {.begin = address, .size = usable};
  // The next block begins there. It is asked about only when it is on the same page of mimalloc's: in the same slice.
  const uintptr_t next = address + usable;
  if ((next ^ address) >= kSliceBytes || (next + kStep) % kSliceBytes < kStep) return {};
  const size_t size = usable_at(next);
  if (size < usable || size > SizeClasses::kLargestBlock || usable_at(next + kStep) != size - kStep) return {};
  return {.begin = next - size, .size = size};
}

// Asks for the sizes of its blocks. False when the dense map cannot use them.
bool ask_sizes(Sizes& found) {
  found.count = 0;
  for (size_t wanted = kGranule; wanted <= SizeClasses::kLargestBlock;) {
    const size_t good = mimalloc_good_size(wanted);
    if (good < wanted || good % kGranule != 0 || mimalloc_good_size(good) != good) return false;
    if (good > SizeClasses::kLargestBlock) break;
    if (found.count == SizeClasses::kMost - 1) return false;
    found.sizes[found.count++] = good;
    wanted = good + 1;
  }
  return found.count != 0;
}

// Whether blocks of that size lie as the dense map assumes.
bool try_size(size_t size, size_t size_before) {
  constexpr size_t kBlocks = 3;
  void* blocks[kBlocks];
  bool fits = true;
  for (size_t index = 0; index < kBlocks; ++index)
    blocks[index] = mimalloc_malloc(index == 0 ? std::max(size_before + 1, kGranule) : size);
  for (void* block : blocks) {
    const auto address = reinterpret_cast<uintptr_t>(block);
    const auto first = reinterpret_cast<uintptr_t>(blocks[0]);
    fits = fits && block != nullptr && mimalloc_usable_size(block) == size;
    if (!fits) break;
    const BlockBounds bounds = find_block(address);
    // A page that already has aligned blocks may not tell.
    if (bounds.size != 0) fits = bounds.begin == address && bounds.size == size;
    if ((address ^ first) < kSliceBytes)
      fits = fits && (address > first ? address - first : first - address) % size == 0;
  }
  for (void* block : blocks) mimalloc_free(block);
  return fits;
}

// Whether a block with an alignment lies in a block of one of these sizes, and find_block() says in which.
bool try_alignment(const Sizes& known) {
  constexpr size_t kAlignment = 64;
  constexpr size_t kWanted = 200;
  constexpr size_t kBlocks = 4;
  void* blocks[kBlocks];
  bool fits = true;
  for (void*& block : blocks) block = mimalloc_malloc_aligned_at(kWanted, kAlignment, 0);
  for (void* block : blocks) {
    const auto address = reinterpret_cast<uintptr_t>(block);
    if (block == nullptr) {
      fits = false;
      continue;
    }
    const BlockBounds bounds = find_block(address);
    if (bounds.size == 0) continue;
    fits = fits && bounds.begin <= address && bounds.begin + bounds.size >= address + kWanted &&
           std::binary_search(known.sizes, known.sizes + known.count, bounds.size);
  }
  for (void* block : blocks) mimalloc_free(block);
  return fits;
}

bool is_as_needed(Sizes& known) {
  const int major = mimalloc_major(mimalloc_version());
  if (major != 2 && major != 3) return false;
  if (!ask_sizes(known)) return false;
  for (const uint32_t index : {uint32_t{0}, known.count / 4, known.count / 2}) {
    if (!try_size(known.sizes[index], index == 0 ? 0 : known.sizes[index - 1])) return false;
  }
  return try_alignment(known);
}

}  // namespace

void describe_mimalloc() noexcept {
  static bool tried = false;  // owner: the thread that decides on the start
  if (tried) return;
  tried = true;
  Sizes known;
  if (is_as_needed(known)) engine::describe_allocator(known.sizes, known.count, find_block);
}

}  // namespace heapreel::hooks::backend
