// The hash by which tracebacks and sites are interned.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heapreel::engine {

uint64_t intern_hash(const uint64_t* words, size_t count, uint64_t seed);

}  // namespace heapreel::engine
