#include "engine/record/size_classes.h"

#include "engine/memory/arena.h"
#include "engine/record/dense_map.h"

namespace heapreel::engine {

constinit SizeClasses g_size_classes = {};

bool describe_allocator(const size_t* sizes, uint32_t count, BlockBounds (*find_block)(uintptr_t p) noexcept) noexcept {
  if (describes_allocator()) return true;
  if (count == 0 || count >= SizeClasses::kMost || find_block == nullptr) return false;
  size_t before = 0;
  for (uint32_t index = 0; index < count; ++index) {
    const size_t size = sizes[index];
    if (size <= before || size > SizeClasses::kLargestBlock || size % DenseMap::kGranule != 0) return false;
    const size_t granules = size / DenseMap::kGranule;
    // The first block may begin one granule behind the beginning of the slice; the shift makes up for that, and then
    // the slice's last granule is in this place of the table.
    const size_t last = (DenseMap::kSliceGranules - 1 + granules - 1) / granules;
    g_size_classes.classes[index + 1] = {
        .reciprocal = static_cast<uint32_t>(((size_t{1} << DenseMap::kReciprocalBits) + granules - 1) / granules),
        .first_size = index == 0 ? 0 : static_cast<uint32_t>(before + 1),
        .sizes = static_cast<uint32_t>(index == 0 ? size + 1 : size - before),
        .granules = static_cast<uint16_t>(granules),
        .table_units = static_cast<uint16_t>(((last + 1) * sizeof(BlockId) + kArenaUnit - 1) / kArenaUnit)};
    before = size;
  }
  g_size_classes.count = count + 1;
  g_size_classes.find_block = find_block;
  // [classes.publish] release
  g_size_classes.described.store(true, std::memory_order_release);
  return true;
}

}  // namespace heapreel::engine
