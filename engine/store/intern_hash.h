// The hash that keys interning.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heapreel::engine {

uint64_t intern_hash(const uint64_t* words, size_t count, uint64_t seed);

}  // namespace heapreel::engine
