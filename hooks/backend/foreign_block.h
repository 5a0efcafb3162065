// Blocks of the C library's own heap that reach our free: born before the hooks were bound, or in a module
// loaded with RTLD_DEEPBIND. mimalloc 2.0.9 trusts every pointer it is given (it reads a segment header at p
// rounded down to 32 MiB, and faults when nothing is there), so they go back to where they came from.
// Recognised are blocks in the program break, that is, in the C library's main arena. A block of one of its
// thread arenas looks like a huge block of mimalloc's and is not recognised.
#pragma once

#include <cstddef>

#include "engine/unwind/walk_start.h"

namespace heapreel::hooks::foreign_block {

// To be called before the first block is handed out.
void remember_program_break() noexcept;

// To be asked only about pointers outside the addresses where mimalloc usually places its memory.
bool contains(const void* p) noexcept;

// Before the C library's symbols lead elsewhere (deep_binding.h).
void find_c_library() noexcept;

void release(void* p) noexcept;
size_t usable_size(void* p) noexcept;
void* reallocate(void* p, size_t n, const engine::WalkStart* walk) noexcept;

}  // namespace heapreel::hooks::foreign_block
