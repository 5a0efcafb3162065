#include "hooks/backend/foreign_block.h"

#include <unistd.h>

#include <atomic>
#include <cstdint>

#include "engine/record/recorder.h"
#include "hooks/base/loaded_modules.h"
#include "hooks/base/message.h"

namespace heapreel::hooks::foreign_block {
namespace {

// The C library's own functions. Its __libc_* aliases cannot be used, because libmimalloc defines them as well.
struct CLibrary {
  std::atomic<void (*)(void*)> free;
  std::atomic<size_t (*)(void*)> malloc_usable_size;
  std::atomic<void* (*)(void*, size_t)> realloc;
};
constinit CLibrary c_library = {};

// Found once; threads that race to find it store the same value.
template <class Function>
[[gnu::cold]] Function* found(std::atomic<Function*>& cache, const char* name) {
  // relaxed: the pointer is all that is shared
  if (Function* const known = cache.load(std::memory_order_relaxed)) return known;
  void* const symbol = in_c_library(name);
  if (symbol == nullptr) die("the program frees a block of the C library's heap, but libc.so.6 is not loaded");
  // relaxed: as above
  cache.store(reinterpret_cast<Function*>(symbol), std::memory_order_relaxed);
  return reinterpret_cast<Function*>(symbol);
}

void (*own_free())(void*) {
  return found(c_library.free, "free");
}

size_t (*own_malloc_usable_size())(void*) {
  return found(c_library.malloc_usable_size, "malloc_usable_size");
}

void* (*own_realloc())(void*, size_t) {
  return found(c_library.realloc, "realloc");
}

// Where the program break began. It is noted at the first call of any hook that allocates. Before that no block of the
// C library's heap can have been handed out: the loader's own malloc lies elsewhere, and leads to the hooks once they
// are bound.
constinit std::atomic<uintptr_t> break_start = 0;

}  // namespace

void remember_program_break() noexcept {
  uintptr_t none = 0;
  const auto now = reinterpret_cast<uintptr_t>(sbrk(0));  // an increment of 0 is a system call at most once
  // relaxed: as above
  break_start.compare_exchange_strong(none, now, std::memory_order_relaxed);
}

[[gnu::cold]] bool contains(const void* p) noexcept {
  // relaxed: as above
  const uintptr_t start = break_start.load(std::memory_order_relaxed);
  const auto address = reinterpret_cast<uintptr_t>(p);
  return start != 0 && address >= start && address < reinterpret_cast<uintptr_t>(sbrk(0));
}

[[gnu::cold]] void find_c_library() noexcept {
  own_free();
  own_malloc_usable_size();
  own_realloc();
}

[[gnu::cold]] void release(void* p) noexcept {
  own_free()(p);
}

[[gnu::cold]] size_t usable_size(void* p) noexcept {
  return own_malloc_usable_size()(p);
}

[[gnu::cold]] void* reallocate(void* p, size_t n, const engine::WalkStart* walk) noexcept {
  const auto next = own_realloc();
  if (walk == nullptr) return next(p, n);
  if (n == 0) {
    engine::record_free(0, p);
    return next(p, 0);
  }
  const engine::ReallocTicket ticket = engine::record_realloc_begin(0, p);
  void* const q = next(p, n);
  engine::record_realloc_end(0, ticket, p, q, n, *walk);
  return q;
}

}  // namespace heapreel::hooks::foreign_block
