// The first instructions of a function, which `run --frame-at` replaces by a jump: how many there are, and whether they
// can be executed elsewhere.
//
// Only instructions that are understood are moved. None of these functions allocates. On processors other than x86-64
// no code can be moved.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heapreel::hooks {

inline constexpr size_t kEntryJumpBytes = 5;       // of the jump that is written
inline constexpr size_t kMostEntryBytes = 19;      // of whole instructions: four bytes and one of the longest
inline constexpr size_t kEntryPatchSize = 4096;    // of the page with the moved instructions
inline constexpr size_t kMostHashedBytes = 16384;  // of a function

// Where a function is in the program's file, and a hash of its code. `run` hands it to the preloaded library.
struct FrameEntry {
  uint64_t vaddr = 0;
  uint64_t bytes = 0;
  uint64_t hash = 0;  // of the function's first kMostHashedBytes bytes
};
inline constexpr char kFrameEntryVariable[] = "HEAPREEL_FRAME_AT";  // VADDR:BYTES:HASH, decimal

uint64_t hash_of_code(const uint8_t* code, size_t bytes) noexcept;

// The length of the instruction at the beginning of `code`, of which `bytes` can be read; 0 when it is not known.
size_t instruction_bytes(const uint8_t* code, size_t bytes) noexcept;

// How many bytes the first whole instructions have that the jump replaces. 0 when one of them cannot be moved, is not
// known, or lies beyond the function's `bytes`.
size_t movable_entry_bytes(const uint8_t* code, size_t bytes) noexcept;

// Whether the function might jump to an instruction among its first `moved` bytes other than the first one, by a jump
// whose target is there or is computed. True when in doubt.
bool may_jump_into_entry(const uint8_t* code, size_t bytes, size_t moved) noexcept;

// Writes the first `moved` bytes of the function at `code` so that they do the same at `place`, where they will be
// executed. `to` is where they are written: `place`, or memory that is also mapped there. False when data that the
// instructions name is too far from there.
bool move_entry(const uint8_t* code, size_t moved, uint8_t* to, uintptr_t place) noexcept;

}  // namespace heapreel::hooks
