// Memory for what lives one game frame: given out from a block that is reset as a whole.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <vector>

#include <heapreel/engine.h>

HEAPREEL_DOMAIN(g_arena_domain, "FrameArena");

class FrameArena {
 public:
  explicit FrameArena(size_t bytes) : base_(static_cast<std::byte*>(std::malloc(bytes))), bytes_(bytes) {
    HEAPREEL_TAG("FrameArena/Overflow");  // its budget is for a name that is known, though nothing may ever have it
  }
  ~FrameArena() {
    reset();
    std::free(base_);
  }
  void* allocate(size_t n) {
    n = (n + 15) & ~size_t{15};
    if (top_ + n > bytes_) return overflow(n);
    void* p = base_ + top_;
    top_ += n;
    HEAPREEL_ALLOC(g_arena_domain, p, n);
    return p;
  }
  void reset() {
    HEAPREEL_ARENA_RESET(g_arena_domain, base_, bytes_);
    top_ = 0;
    for (void* p : overflow_) std::free(p);
    overflow_.clear();
  }
  size_t overflows = 0;

 private:
  void* overflow(size_t n) {  // DEFECT 6 lands here: the arena is full, and the heap helps out
    HEAPREEL_TAG("FrameArena/Overflow");
    ++overflows;
    overflow_.push_back(std::malloc(n));
    return overflow_.back();
  }
  std::byte* base_;
  size_t bytes_, top_ = 0;
  std::vector<void*> overflow_;
};
