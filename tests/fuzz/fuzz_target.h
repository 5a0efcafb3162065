// What every target here defines: the entry that libFuzzer, AFL++ and the replay of the corpus call.
//
// A target returns 0 or dies: whatever a loader promises about hostile input is checked by abort() when it is broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace heapreel::testing {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

}  // namespace heapreel::testing
