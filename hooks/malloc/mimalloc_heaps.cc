#include "hooks/malloc/mimalloc_heaps.h"

#include <atomic>
#include <cstddef>

#include "engine/record/recorder.h"
#include "engine/record/recording_end.h"
#include "hooks/base/loaded_modules.h"

namespace heapreel::hooks::mimalloc_heaps {
namespace {

// mi_heap_area_t, of which later versions changed the rest.
struct Area {
  void* blocks;
  size_t bytes;
};
using VisitArea = bool (*)(const void* heap, const Area* area, void* block, size_t block_bytes, void* context);

// The heaps that are known not to be destroyed. relaxed throughout: a heap is made, used and destroyed by one thread,
// or by several that are ordered otherwise.
constexpr size_t kMost = 64;
constinit std::atomic<void*> undestroyable[kMost] = {};
// Set when more heaps than that lived at once. From then on nothing is known of any heap.
constinit std::atomic<bool> too_many = false;

template <class Function>
Function* function(const char* name) {
  return reinterpret_cast<Function*>(definition_after_own(name).address);
}

bool is_noted(void* heap) {
  for (const std::atomic<void*>& noted : undestroyable) {
    // relaxed: as above
    if (noted.load(std::memory_order_relaxed) == heap) return true;
  }
  return false;
}

bool is_of_thread_or_process(void* heap) {
  for (const char* const name : {"mi_heap_get_backing", "mi_heap_main"}) {
    auto* const get = function<void*()>(name);
    if (get != nullptr && get() == heap) return true;
  }
  return false;
}

}  // namespace

void record_end_of_blocks(void* heap) noexcept {
  if (is_noted(heap) || is_of_thread_or_process(heap)) return;
  auto* const visit = function<bool(void*, bool, VisitArea, void*)>("mi_heap_visit_blocks");
  // relaxed: as above
  if (visit == nullptr || too_many.load(std::memory_order_relaxed)) return engine::count_unrecorded();
  // Visits areas only, because all blocks of an area belong to the heap.
  visit(
      heap, false,
      [](const void*, const Area* area, void*, size_t, void*) {
        engine::record_arena_reset(0, area->blocks, area->bytes);
        return true;
      },
      nullptr);
}

void note_undestroyable(void* heap) noexcept {
  if (heap == nullptr || is_noted(heap)) return;
  for (std::atomic<void*>& noted : undestroyable) {
    void* none = nullptr;
    // relaxed: as above
    if (noted.compare_exchange_strong(none, heap, std::memory_order_relaxed)) return;
  }
  // relaxed: as above
  too_many.store(true, std::memory_order_relaxed);
}

void note_new_in_arena(void* heap) noexcept {
  // Where the function exists, one of its arguments tells these heaps from others.
  if (definition_after_own("mi_heap_new_ex").address != nullptr) note_undestroyable(heap);
}

void forget(void* heap) noexcept {
  for (std::atomic<void*>& noted : undestroyable) {
    void* expected = heap;
    // relaxed: as above
    if (heap != nullptr && noted.compare_exchange_strong(expected, nullptr, std::memory_order_relaxed)) return;
  }
}

}  // namespace heapreel::hooks::mimalloc_heaps
