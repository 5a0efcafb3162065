// Blocks of the C library's own heap that are given to our free: they were allocated before the hooks were bound, or by
// a module that was loaded with RTLD_DEEPBIND. They go back to where they came from, because mimalloc 2.0.9 trusts
// every pointer that it is given: it reads a segment header at p rounded down to 32 MiB, and faults when nothing is
// there.
//
// Blocks in the program break, which is the C library's main arena, are recognised. A block of one of its thread
// arenas looks like a huge block of mimalloc's and is not recognised.
#pragma once

#include <cstddef>

#include "engine/unwind/walk_start.h"

namespace heapreel::hooks::foreign_block {

// To be called before the first block is handed out.
void remember_program_break() noexcept;

// Call it only with pointers outside the addresses where mimalloc usually places its memory.
bool contains(const void* p) noexcept;

// To be called before the C library's symbols lead elsewhere (deep_binding.h).
void find_c_library() noexcept;

void release(void* p) noexcept;
size_t usable_size(void* p) noexcept;
void* reallocate(void* p, size_t n, const engine::WalkStart* walk) noexcept;

}  // namespace heapreel::hooks::foreign_block
