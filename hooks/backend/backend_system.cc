// `--allocator system`: the program keeps its own allocator. Every call goes to the next definition after
// ours in the loader's search order: the C library's, or the one the program brings along (jemalloc, tcmalloc
// ...).
//
// Finding it takes dlsym, and dlsym may allocate. What it asks for meanwhile comes from a small static pool
// that is never given back, not from __libc_malloc: such a block would later meet the next allocator's free.
#include <dlfcn.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "engine/record/recorder.h"
#include "hooks/backend/backend.h"
#include "hooks/base/message.h"

namespace heapreel::hooks::backend {
namespace {

constexpr size_t kPoolBytes = 16 << 10;
alignas(kGranule) constinit char pool[kPoolBytes];
constinit std::atomic<size_t> pool_used = 0;

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
constinit thread_local bool searching = false;

template <class Function>
void look_up(Function*& function, const char* name) {
  void* const symbol = dlsym(RTLD_NEXT, name);
  if (symbol == nullptr)
    die("--allocator system: the next allocator lacks one of malloc, calloc, realloc, "
        "memalign, free, malloc_usable_size");
  // relaxed: published by `ready`; atomic because another thread may be storing the same value
  std::atomic_ref(function).store(reinterpret_cast<Function*>(symbol), std::memory_order_relaxed);
}

[[gnu::cold, gnu::noinline]] void find_next() {
  searching = true;
  look_up(next.malloc, "malloc");
  look_up(next.calloc, "calloc");
  look_up(next.realloc, "realloc");
  look_up(next.memalign, "memalign");
  look_up(next.free, "free");
  look_up(next.malloc_usable_size, "malloc_usable_size");
  searching = false;
  ready.store(true, std::memory_order_release);  // [next.publish] release
}

// Null while this thread is looking for it: use the pool.
const NextAllocator* next_allocator() {
  if (ready.load(std::memory_order_acquire)) [[likely]]
    return &next;  // [next.publish] acquire
  if (searching) return nullptr;
  find_next();
  return &next;
}

bool in_pool(const void* p) {
  return reinterpret_cast<uintptr_t>(p) - reinterpret_cast<uintptr_t>(pool) < kPoolBytes;
}

// Zeroed, as the pool is used once. Null when it is spent: dlsym copes with that.
[[gnu::cold]] void* allocate_from_pool(size_t alignment, size_t n) {
  if (alignment > kGranule || n > kPoolBytes) return nullptr;
  const size_t rounded = (n + kGranule - 1) & ~(kGranule - 1);
  // relaxed: only the share of each caller must be its own
  const size_t offset = pool_used.fetch_add(rounded, std::memory_order_relaxed);
  return offset + rounded <= kPoolBytes ? pool + offset : nullptr;
}

}  // namespace

void prepare() noexcept {}  // it sets errno itself

void* allocate(size_t n) noexcept {
  const NextAllocator* const real = next_allocator();
  return real != nullptr ? real->malloc(n) : allocate_from_pool(kGranule, n);
}

void* allocate_zeroed(size_t n) noexcept {
  const NextAllocator* const real = next_allocator();
  return real != nullptr ? real->calloc(1, n) : allocate_from_pool(kGranule, n);
}

void* allocate_aligned(size_t alignment, size_t n) noexcept {
  const NextAllocator* const real = next_allocator();
  return real != nullptr ? real->memalign(alignment, n) : allocate_from_pool(alignment, n);
}

void release(void* p) noexcept {
  if (in_pool(p)) [[unlikely]]
    return;
  if (const NextAllocator* const real = next_allocator()) real->free(p);
}

size_t usable_size(void* p) noexcept {
  if (in_pool(p)) [[unlikely]]
    return static_cast<size_t>(pool + kPoolBytes - static_cast<char*>(p));
  const NextAllocator* const real = next_allocator();
  return real != nullptr ? real->malloc_usable_size(p) : 0;
}

void* reallocate(void* p, size_t n, const engine::WalkStart* walk) noexcept {
  const NextAllocator* const real = next_allocator();
  if (in_pool(p) || real == nullptr) [[unlikely]] {
    void* const q = n != 0 ? allocate(at_least_granule(n)) : nullptr;
    // The pool does not know its blocks' sizes, so the copy may run into the next block, but never out of the
    // pool.
    if (q != nullptr) std::memmove(q, p, n < usable_size(p) ? n : usable_size(p));
    if (q != nullptr && walk != nullptr) engine::record_alloc(0, q, n, *walk);
    return q;
  }
  if (n == 0) {
    // Null or a fresh block, as the allocator likes it; p is gone either way.
    if (walk != nullptr) engine::record_free(0, p);
    void* const q = real->realloc(p, 0);
    if (q != nullptr && walk != nullptr) engine::record_alloc(0, q, 0, *walk);
    return q;
  }
  if (walk == nullptr) return real->realloc(p, at_least_granule(n));
  const engine::ReallocTicket ticket = engine::record_realloc_begin(0, p);
  void* const q = real->realloc(p, at_least_granule(n));
  engine::record_realloc_end(0, ticket, p, q, n, *walk);
  return q;
}

bool may_hide_c_library() noexcept {
  void* const library = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  const NextAllocator* const real = next_allocator();
  return library != nullptr && real != nullptr && reinterpret_cast<void*>(real->malloc) == dlsym(library, "malloc");
}

bool walk_heap(int (*)(void* block, size_t bytes, void* context), void*) noexcept {
  return false;
}

}  // namespace heapreel::hooks::backend
