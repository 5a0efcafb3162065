// `--allocator system`: the program keeps its own allocator. Every call goes to the next definition after ours in the
// loader's search order: the C library's, or that of an allocator which the program brings along (jemalloc, tcmalloc
// ...).
#include <atomic>
#include <cerrno>

#include "engine/record/recorder.h"
#include "hooks/backend/backend.h"
#include "hooks/base/loaded_modules.h"
#include "hooks/base/message.h"

namespace heapreel::hooks::backend {
namespace {

struct NextAllocator {
  void* (*malloc)(size_t);
  void* (*calloc)(size_t, size_t);
  void* (*realloc)(void*, size_t);
  void* (*memalign)(size_t, size_t);
  void (*free)(void*);
  size_t (*malloc_usable_size)(void*);
};
constinit NextAllocator next = {};

// Sync edge [next.publish]: ready, release in find_next -> acquire in next_allocator. Carries `next`. Threads
// that race to find it store the same values.
constinit std::atomic<bool> ready = false;

template <class Function>
void look_up(Function*& function, const char* name) {
  void* const symbol = definition_after_own(name).address;
  if (symbol == nullptr)
    die("--allocator system: the program's own allocator lacks one of malloc, calloc, realloc, memalign, free and "
        "malloc_usable_size");
  // relaxed: published by `ready`; atomic because another thread may be storing the same value
  std::atomic_ref(function).store(reinterpret_cast<Function*>(symbol), std::memory_order_relaxed);
}

[[gnu::cold, gnu::noinline]] void find_next() {
  look_up(next.malloc, "malloc");
  look_up(next.calloc, "calloc");
  look_up(next.realloc, "realloc");
  look_up(next.memalign, "memalign");
  look_up(next.free, "free");
  look_up(next.malloc_usable_size, "malloc_usable_size");
  ready.store(true, std::memory_order_release);  // [next.publish] release
}

const NextAllocator& next_allocator() {
  if (!ready.load(std::memory_order_acquire)) [[unlikely]]
    find_next();
  return next;  // [next.publish] acquire
}

}  // namespace

void prepare() noexcept {}  // that allocator sets errno itself

void* allocate(size_t n) noexcept {
  return next_allocator().malloc(n);
}

void* allocate_zeroed(size_t n) noexcept {
  return next_allocator().calloc(1, n);
}

void* allocate_aligned(size_t alignment, size_t n) noexcept {
  return next_allocator().memalign(alignment, n);
}

void release(void* p) noexcept {
  next_allocator().free(p);
}

size_t usable_size(void* p) noexcept {
  return next_allocator().malloc_usable_size(p);
}

void* reallocate(void* p, size_t n, const engine::WalkStart* walk) noexcept {
  const NextAllocator& real = next_allocator();
  if (n == 0) {
    // The allocator may return null or a new block; p is gone in both cases.
    if (walk != nullptr) engine::record_free(0, p);
    void* const q = real.realloc(p, 0);
    if (q != nullptr && walk != nullptr) engine::record_alloc(0, q, 0, *walk);
    return q;
  }
  if (walk == nullptr) return real.realloc(p, at_least_granule(n));
  const engine::ReallocTicket ticket = engine::record_realloc_begin(0, p);
  void* const q = real.realloc(p, at_least_granule(n));
  engine::record_realloc_end(0, ticket, p, q, n, *walk);
  return q;
}

bool may_hide_c_library() noexcept {
  return reinterpret_cast<void*>(next_allocator().malloc) == in_c_library("malloc");
}

bool walk_heap(int (*)(void* block, size_t bytes, void* context), void*) noexcept {
  return false;
}

}  // namespace heapreel::hooks::backend
