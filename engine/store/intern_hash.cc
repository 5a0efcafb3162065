#include "engine/store/intern_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace heapreel::engine {

uint64_t intern_hash(const uint64_t* words, size_t count, uint64_t seed) {
  return XXH3_64bits_withSeed(words, count * sizeof(uint64_t), seed);
}

}  // namespace heapreel::engine
