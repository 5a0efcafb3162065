// Call stacks of chosen depths: every frame is a function of its own, none is a tail call.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <utility>

namespace heapreel::bench::loops {

// Keeps the compiler from knowing what `p` points to.
inline void escape(void*& p) {
  asm volatile("" : "+r"(p) : : "memory");
}

using AllocateFunction = void* (*)(size_t);
using FreeFunction = void (*)(void*);

// Allocates by `kAllocate` from call site `kSite`, `kDepth` frames below the caller.
template <AllocateFunction kAllocate, int kSite, int kDepth>
[[gnu::noinline]] void* allocate_from(size_t size) {
  void* p = nullptr;
  if constexpr (kDepth == 1) {
    p = kAllocate(size);
  } else {
    p = allocate_from<kAllocate, kSite, kDepth - 1>(size);
  }
  // The number makes the sites differ, so that the compiler cannot make one function of two.
  asm volatile("" : "+r"(p) : "i"(kSite) : "memory");
  return p;
}

// Calls `work` from `kDepth` frames below the caller.
template <int kDepth, class Work>
[[gnu::noinline]] void call_from(Work& work) {
  if constexpr (kDepth == 0) {
    work();
  } else {
    call_from<kDepth - 1>(work);
  }
  asm volatile("" : : : "memory");
}

template <int kCount>
struct Sites {
  AllocateFunction at[kCount];
};

// kCount sites, `kLeast` to `kMost` deep, mixed.
template <AllocateFunction kAllocate, int kCount, int kLeast, int kMost>
constexpr Sites<kCount> call_sites() {
  constexpr int kStride = 7;  // each depth once, before one comes again
  return []<int... kSite>(std::integer_sequence<int, kSite...>) {
    return Sites<kCount>{{&allocate_from<kAllocate, kSite, kLeast + kSite * kStride % (kMost - kLeast + 1)>...}};
  }
  (std::make_integer_sequence<int, kCount>());
}

}  // namespace heapreel::bench::loops
