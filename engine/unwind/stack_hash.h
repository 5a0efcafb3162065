// The hash of a stack: H = sum of mix(frame[i]) * P^i over the frames, frame[0] the most recent, modulo 2^64.
//
// A polynomial can be summed from either end and in parts: a walk adds frames as it finds them (most recent
// first), while a remembered outer part of a stack contributes its own hash times P^(frames before it). Equal
// frames give equal hashes whichever way they were found. Frames are mixed first, so that the polynomial sees
// uniform words.
#pragma once

#include <cstdint>

namespace heapreel::engine::stack_hash {

inline constexpr uint64_t kBase = 0x9e3779b97f4a7c15;  // odd: multiplying by it loses nothing

constexpr uint64_t mix(uint64_t frame) {
  const uint64_t product = frame * 0xd6e8feb86659fd93;
  return product ^ (product >> 32);
}

inline constexpr uint32_t kMostFrames = 1024;

// kBase^exponent for exponents up to kMostFrames: the hash of an outer part of a stack is multiplied by it, for the
// frames before that part.
struct Powers {
  uint64_t values[kMostFrames + 1];

  constexpr Powers() : values{} {
    uint64_t power = 1;
    for (uint64_t& value : values) {
      value = power;
      power *= kBase;
    }
  }
};
inline constexpr Powers kPowers;

constexpr uint64_t power(uint32_t exponent) {
  return kPowers.values[exponent];
}

// Spreads the sum, and makes stacks of different depth differ where the additional frames add nothing.
constexpr uint64_t finish(uint64_t sum, uint32_t depth) {
  const uint64_t value = (sum ^ depth) * 0xff51afd7ed558ccd;
  return value ^ (value >> 33);
}

// The sum from which finish() made that hash.
constexpr uint64_t sum_of(uint64_t hash, uint32_t depth) {
  constexpr uint64_t kInverse = 0x4f74430c22a54005;  // of finish()'s factor, modulo 2^64
  static_assert(0xff51afd7ed558ccd * kInverse == 1);
  return ((hash ^ (hash >> 33)) * kInverse) ^ depth;
}

// The hash of frames given most recent first.
constexpr uint64_t of(const uintptr_t* frames, uint32_t depth) {
  uint64_t sum = 0;
  for (uint32_t i = depth; i-- != 0;) sum = sum * kBase + mix(frames[i]);
  return finish(sum, depth);
}

}  // namespace heapreel::engine::stack_hash
