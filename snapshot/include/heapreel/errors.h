// How heapreel's C++ API reports a mistake of its caller, and where the texts come from.
//
// The texts of these errors are tracemalloc's own, to the letter, so that tools which look for them keep working.
//
//   Python        C++                      thrown by
//   ValueError    std::invalid_argument    a key type that does not exist, or has no cumulative form
//   IndexError    std::out_of_range        an index outside a Traceback or Traces, or the text of an empty Traceback
//   RuntimeError  heapreel::NotTracing     take_snapshot() while tracing is off
#pragma once

#include <stdexcept>
#include <string>

#include <heapreel/export.h>

namespace heapreel {

// A snapshot was asked for while nothing was being traced.
class HEAPREEL_API NotTracing : public std::runtime_error {
 public:
  NotTracing() : std::runtime_error("the tracemalloc module must be tracing memory allocations to take a snapshot") {}
};

// A reel or a still cannot be read or written. The text says which file, what is wrong with it, and where.
class HEAPREEL_API ReelError : public std::runtime_error {
 public:
  explicit ReelError(const std::string& what) : std::runtime_error(what) {}
};

}  // namespace heapreel
