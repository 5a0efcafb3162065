// Heaps of mimalloc that a program makes for itself: which blocks end when a heap is destroyed.
#pragma once

namespace heapreel::hooks::mimalloc_heaps {

// Records that every block of the heap ends. Call it before mi_heap_destroy(). Does nothing for heaps that mimalloc
// does not destroy: a thread's own, the main one, and those below.
void record_end_of_blocks(void* heap) noexcept;

// Notes that mi_heap_destroy() will leave the blocks of this heap alone.
void note_undestroyable(void* heap) noexcept;
// The same for a heap of mi_heap_new_in_arena(), where mimalloc's version is one that treats those so.
void note_new_in_arena(void* heap) noexcept;
// Forgets a heap that is gone.
void forget(void* heap) noexcept;

}  // namespace heapreel::hooks::mimalloc_heaps
