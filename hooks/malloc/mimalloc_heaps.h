// mimalloc's heaps that a program makes for itself: which blocks end when one is destroyed.
#pragma once

namespace heapreel::hooks::mimalloc_heaps {

// Every block of the heap ends: call before mi_heap_destroy(). Does nothing for heaps that mimalloc does not destroy:
// a thread's own, the main one, and those below.
void record_end_of_blocks(void* heap) noexcept;

// mi_heap_destroy() will leave the blocks of this heap alone.
void note_undestroyable(void* heap) noexcept;
// The same where the version of mimalloc is one that does so with the heaps of mi_heap_new_in_arena().
void note_new_in_arena(void* heap) noexcept;
// The heap is gone.
void forget(void* heap) noexcept;

}  // namespace heapreel::hooks::mimalloc_heaps
