// mimalloc's own functions, for programs that call them by their names. Each goes on to mimalloc's function of the same
// name, and does what that does: these hooks round nothing up and change no failure.
//
// mimalloc calls itself through its linkage table, and so through these hooks: such calls are not recorded
// (mimalloc_call.h). A hook's tail must not be a jump when there is something to record.
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <cwchar>

#include "engine/record/recorder.h"
#include "hooks/base/export.h"
#include "hooks/malloc/mimalloc_call.h"
#include "hooks/malloc/mimalloc_heaps.h"
#include "hooks/process/start.h"

using heapreel::engine::expect_aligned_block;
using heapreel::engine::ReallocTicket;
using heapreel::engine::record_alloc;
using heapreel::engine::record_free;
using heapreel::engine::record_realloc_begin;
using heapreel::engine::record_realloc_end;
using heapreel::engine::tracing;
using heapreel::engine::WalkStart;
using heapreel::hooks::ensure_start_decided;
using heapreel::hooks::is_to_record;
using heapreel::hooks::mimalloc_definition;
namespace mimalloc_heaps = heapreel::hooks::mimalloc_heaps;

struct mi_heap_s;
struct mi_theap_s;
using mi_heap_t = mi_heap_s;
using mi_theap_t = mi_theap_s;

namespace {

// The product of both; when it overflows, a size that mimalloc refuses.
size_t product(size_t count, size_t size) {
  size_t n;
  return __builtin_mul_overflow(count, size, &n) ? 0 : n;
}

ReallocTicket begin_move(void* p) {
  return p != nullptr ? record_realloc_begin(0, p) : ReallocTicket{};
}

size_t text_bytes(const char* text) {
  return std::strlen(text) + 1;
}

// The bytes of a wide text, by the size that mi_wcsdup() gives a character: two bytes before 2.3.1, and in 3.3.0.
size_t wide_text_bytes(const void* text) {
  static constinit std::atomic<int (*)()> cache = nullptr;
  const int version = mimalloc_definition(cache, "mi_version")();
  if (version >= 20'301 && version != 30'300)
    return (std::wcslen(static_cast<const wchar_t*>(text)) + 1) * sizeof(wchar_t);
  const auto* const short_text = static_cast<const unsigned short*>(text);
  size_t length = 0;
  while (short_text[length] != 0) ++length;
  return (length + 1) * sizeof(unsigned short);
}

// Keeps the compiler from turning the call before it into a jump.
[[gnu::always_inline]] inline void not_a_tail() {
  __asm__ volatile("" ::: "memory");
}

}  // namespace

// Finds the function of that name and type in mimalloc, as `next`, and calls it where nothing is to be recorded.
#define HEAPREEL_GO_ON(result, name, parameters, arguments)                  \
  static constinit std::atomic<result(*) parameters> name##_cache = nullptr; \
  const auto next = mimalloc_definition(name##_cache, #name);                \
  if (!is_to_record(__builtin_return_address(0))) [[likely]]                 \
    return next arguments;                                                   \
  ensure_start_decided();

#define HEAPREEL_ALLOCATES(result, name, bytes, parameters, arguments) \
  HEAPREEL_EXPORT result name parameters {                             \
    HEAPREEL_GO_ON(result, name, parameters, arguments)                \
    result const p = next arguments;                                   \
    if (p != nullptr && tracing()) [[likely]]                          \
      record_alloc(0, p, bytes, HEAPREEL_WALK_START());                \
    return p;                                                          \
  }

#define HEAPREEL_ALLOCATES_ALIGNED(name, bytes, parameters, arguments) \
  HEAPREEL_EXPORT void* name parameters {                              \
    HEAPREEL_GO_ON(void*, name, parameters, arguments)                 \
    void* const p = next arguments;                                    \
    if (p != nullptr && tracing()) [[likely]] {                        \
      expect_aligned_block(p);                                         \
      record_alloc(0, p, bytes, HEAPREEL_WALK_START());                \
    }                                                                  \
    return p;                                                          \
  }

// When the function returns null, the block at `p` stays as it was.
#define HEAPREEL_CHANGES_SIZE(name, bytes, parameters, arguments) \
  HEAPREEL_EXPORT void* name parameters {                         \
    HEAPREEL_GO_ON(void*, name, parameters, arguments)            \
    if (!tracing()) return next arguments;                        \
    const WalkStart walk = HEAPREEL_WALK_START();                 \
    const ReallocTicket ticket = begin_move(p);                   \
    void* const q = next arguments;                               \
    record_realloc_end(0, ticket, p, q, bytes, walk);             \
    return q;                                                     \
  }

// When the function returns null, the block at `p` is gone. It is done in two steps, as mimalloc does, so that the
// second is recorded in time.
#define HEAPREEL_CHANGES_SIZE_OR_FREES(name, realloc_name, parameters, arguments) \
  HEAPREEL_EXPORT void* name parameters {                                         \
    HEAPREEL_GO_ON(void*, name, parameters, arguments)                            \
    if (!tracing()) return next arguments;                                        \
    const WalkStart walk = HEAPREEL_WALK_START();                                 \
    static constinit std::atomic<void*(*)parameters> realloc_cache = nullptr;     \
    static constinit std::atomic<void (*)(void*)> free_cache = nullptr;           \
    const ReallocTicket ticket = begin_move(p);                                   \
    void* const q = mimalloc_definition(realloc_cache, #realloc_name) arguments;  \
    record_realloc_end(0, ticket, p, q, n, walk);                                 \
    if (q == nullptr && p != nullptr) {                                           \
      record_free(0, p);                                                          \
      mimalloc_definition(free_cache, "mi_free")(p);                              \
    }                                                                             \
    return q;                                                                     \
  }

#define HEAPREEL_FREES(name, parameters, arguments)   \
  HEAPREEL_EXPORT void name parameters {              \
    HEAPREEL_GO_ON(void, name, parameters, arguments) \
    if (p != nullptr && tracing()) record_free(0, p); \
    next arguments;                                   \
    not_a_tail();                                     \
  }

extern "C" {

HEAPREEL_ALLOCATES(void*, mi_malloc, n, (size_t n), (n))
HEAPREEL_ALLOCATES(void*, mi_malloc_small, n, (size_t n), (n))
HEAPREEL_ALLOCATES(void*, mi_zalloc, n, (size_t n), (n))
HEAPREEL_ALLOCATES(void*, mi_zalloc_small, n, (size_t n), (n))
HEAPREEL_ALLOCATES(void*, mi_mallocn, product(count, size), (size_t count, size_t size), (count, size))
HEAPREEL_ALLOCATES(void*, mi_calloc, product(count, size), (size_t count, size_t size), (count, size))
HEAPREEL_ALLOCATES(void*, mi_new, n, (size_t n), (n))
HEAPREEL_ALLOCATES(void*, mi_new_n, product(count, size), (size_t count, size_t size), (count, size))
HEAPREEL_ALLOCATES(void*, mi_new_nothrow, n, (size_t n), (n))

HEAPREEL_ALLOCATES_ALIGNED(mi_new_aligned, n, (size_t n, size_t alignment), (n, alignment))
HEAPREEL_ALLOCATES_ALIGNED(mi_new_aligned_nothrow, n, (size_t n, size_t alignment), (n, alignment))
HEAPREEL_ALLOCATES_ALIGNED(mi_malloc_aligned, n, (size_t n, size_t alignment), (n, alignment))
HEAPREEL_ALLOCATES_ALIGNED(mi_malloc_aligned_at, n, (size_t n, size_t alignment, size_t offset), (n, alignment, offset))
HEAPREEL_ALLOCATES_ALIGNED(mi_zalloc_aligned, n, (size_t n, size_t alignment), (n, alignment))
HEAPREEL_ALLOCATES_ALIGNED(mi_zalloc_aligned_at, n, (size_t n, size_t alignment, size_t offset), (n, alignment, offset))
HEAPREEL_ALLOCATES_ALIGNED(mi_calloc_aligned, product(count, size), (size_t count, size_t size, size_t alignment),
                           (count, size, alignment))
HEAPREEL_ALLOCATES_ALIGNED(mi_calloc_aligned_at, product(count, size),
                           (size_t count, size_t size, size_t alignment, size_t offset),
                           (count, size, alignment, offset))
HEAPREEL_ALLOCATES_ALIGNED(mi_memalign, n, (size_t alignment, size_t n), (alignment, n))
HEAPREEL_ALLOCATES_ALIGNED(mi_aligned_alloc, n, (size_t alignment, size_t n), (alignment, n))
HEAPREEL_ALLOCATES_ALIGNED(mi_valloc, n, (size_t n), (n))
HEAPREEL_ALLOCATES_ALIGNED(mi_pvalloc, n, (size_t n), (n))

HEAPREEL_EXPORT int mi_posix_memalign(void** out, size_t alignment, size_t n) {
  HEAPREEL_GO_ON(int, mi_posix_memalign, (void**, size_t, size_t), (out, alignment, n))
  const int error = next(out, alignment, n);
  if (error == 0 && *out != nullptr && tracing()) {
    expect_aligned_block(*out);
    record_alloc(0, *out, n, HEAPREEL_WALK_START());
  }
  return error;
}

HEAPREEL_CHANGES_SIZE(mi_realloc, n, (void* p, size_t n), (p, n))
HEAPREEL_CHANGES_SIZE(mi_reallocn, product(count, size), (void* p, size_t count, size_t size), (p, count, size))
HEAPREEL_CHANGES_SIZE(mi_reallocarray, product(count, size), (void* p, size_t count, size_t size), (p, count, size))
HEAPREEL_CHANGES_SIZE(mi_rezalloc, n, (void* p, size_t n), (p, n))
HEAPREEL_CHANGES_SIZE(mi_recalloc, product(count, size), (void* p, size_t count, size_t size), (p, count, size))
HEAPREEL_CHANGES_SIZE(mi_expand, n, (void* p, size_t n), (p, n))
HEAPREEL_CHANGES_SIZE(mi__expand, n, (void* p, size_t n), (p, n))
HEAPREEL_CHANGES_SIZE(mi_realloc_aligned, n, (void* p, size_t n, size_t alignment), (p, n, alignment))
HEAPREEL_CHANGES_SIZE(mi_realloc_aligned_at, n, (void* p, size_t n, size_t alignment, size_t offset),
                      (p, n, alignment, offset))
HEAPREEL_CHANGES_SIZE(mi_rezalloc_aligned, n, (void* p, size_t n, size_t alignment), (p, n, alignment))
HEAPREEL_CHANGES_SIZE(mi_rezalloc_aligned_at, n, (void* p, size_t n, size_t alignment, size_t offset),
                      (p, n, alignment, offset))
HEAPREEL_CHANGES_SIZE(mi_recalloc_aligned, product(count, size), (void* p, size_t count, size_t size, size_t alignment),
                      (p, count, size, alignment))
HEAPREEL_CHANGES_SIZE(mi_recalloc_aligned_at, product(count, size),
                      (void* p, size_t count, size_t size, size_t alignment, size_t offset),
                      (p, count, size, alignment, offset))
HEAPREEL_CHANGES_SIZE(mi_aligned_recalloc, product(count, size), (void* p, size_t count, size_t size, size_t alignment),
                      (p, count, size, alignment))
HEAPREEL_CHANGES_SIZE(mi_aligned_offset_recalloc, product(count, size),
                      (void* p, size_t count, size_t size, size_t alignment, size_t offset),
                      (p, count, size, alignment, offset))
// When these throw, as a mimalloc that is built as C++ does, the block at `p` is forgotten.
HEAPREEL_CHANGES_SIZE(mi_new_realloc, n, (void* p, size_t n), (p, n))
HEAPREEL_CHANGES_SIZE(mi_new_reallocn, product(count, size), (void* p, size_t count, size_t size), (p, count, size))
HEAPREEL_CHANGES_SIZE_OR_FREES(mi_reallocf, mi_realloc, (void* p, size_t n), (p, n))

HEAPREEL_EXPORT int mi_reallocarr(void* place, size_t count, size_t size) {
  HEAPREEL_GO_ON(int, mi_reallocarr, (void*, size_t, size_t), (place, count, size))
  if (place == nullptr || !tracing()) return next(place, count, size);
  const WalkStart walk = HEAPREEL_WALK_START();
  void* const p = *static_cast<void**>(place);
  const ReallocTicket ticket = begin_move(p);
  const int error = next(place, count, size);
  record_realloc_end(0, ticket, p, error == 0 ? *static_cast<void**>(place) : nullptr, product(count, size), walk);
  return error;
}

HEAPREEL_ALLOCATES(char*, mi_strdup, text_bytes(p), (const char* text), (text))
HEAPREEL_ALLOCATES(char*, mi_strndup, text_bytes(p), (const char* text, size_t n), (text, n))
HEAPREEL_ALLOCATES(unsigned char*, mi_mbsdup, text_bytes(reinterpret_cast<const char*>(p)), (const unsigned char* text),
                   (text))
HEAPREEL_ALLOCATES(void*, mi_wcsdup, wide_text_bytes(p), (const void* text), (text))

HEAPREEL_EXPORT char* mi_realpath(const char* path, char* place) {
  HEAPREEL_GO_ON(char*, mi_realpath, (const char*, char*), (path, place))
  char* const p = next(path, place);
  if (p != nullptr && p != place && tracing()) record_alloc(0, p, text_bytes(p), HEAPREEL_WALK_START());
  return p;
}

HEAPREEL_EXPORT int mi_dupenv_s(char** text, size_t* size, const char* name) {
  HEAPREEL_GO_ON(int, mi_dupenv_s, (char**, size_t*, const char*), (text, size, name))
  const int error = next(text, size, name);
  if (error == 0 && *text != nullptr && tracing()) record_alloc(0, *text, text_bytes(*text), HEAPREEL_WALK_START());
  return error;
}

HEAPREEL_FREES(mi_free, (void* p), (p))
HEAPREEL_FREES(mi_free_size, (void* p, size_t size), (p, size))
HEAPREEL_FREES(mi_free_aligned, (void* p, size_t alignment), (p, alignment))
HEAPREEL_FREES(mi_free_size_aligned, (void* p, size_t size, size_t alignment), (p, size, alignment))
HEAPREEL_FREES(mi_free_small, (void* p), (p))
HEAPREEL_FREES(mi_ufree, (void* p, size_t* size), (p, size))

// Frees only blocks that mimalloc knows.
HEAPREEL_EXPORT void mi_cfree(void* p) {
  HEAPREEL_GO_ON(void, mi_cfree, (void*), (p))
  static constinit std::atomic<bool (*)(const void*)> knows_cache = nullptr;
  if (tracing() && mimalloc_definition(knows_cache, "mi_is_in_heap_region")(p)) record_free(0, p);
  next(p);
  not_a_tail();
}

// ---- heaps of the program's own

#define HEAPREEL_HEAP_ALLOCATES(name, bytes, parameters, arguments) \
  HEAPREEL_ALLOCATES(void*, name, bytes, parameters, arguments)

HEAPREEL_HEAP_ALLOCATES(mi_heap_malloc, n, (mi_heap_t * heap, size_t n), (heap, n))
HEAPREEL_HEAP_ALLOCATES(mi_heap_malloc_small, n, (mi_heap_t * heap, size_t n), (heap, n))
HEAPREEL_HEAP_ALLOCATES(mi_heap_zalloc, n, (mi_heap_t * heap, size_t n), (heap, n))
HEAPREEL_HEAP_ALLOCATES(mi_heap_zalloc_small, n, (mi_heap_t * heap, size_t n), (heap, n))
HEAPREEL_HEAP_ALLOCATES(mi_heap_mallocn, product(count, size), (mi_heap_t * heap, size_t count, size_t size),
                        (heap, count, size))
HEAPREEL_HEAP_ALLOCATES(mi_heap_calloc, product(count, size), (mi_heap_t * heap, size_t count, size_t size),
                        (heap, count, size))
HEAPREEL_HEAP_ALLOCATES(mi_heap_alloc_new, n, (mi_heap_t * heap, size_t n), (heap, n))
HEAPREEL_HEAP_ALLOCATES(mi_heap_alloc_new_n, product(count, size), (mi_heap_t * heap, size_t count, size_t size),
                        (heap, count, size))

HEAPREEL_ALLOCATES_ALIGNED(mi_heap_malloc_aligned, n, (mi_heap_t * heap, size_t n, size_t alignment),
                           (heap, n, alignment))
HEAPREEL_ALLOCATES_ALIGNED(mi_heap_malloc_aligned_at, n, (mi_heap_t * heap, size_t n, size_t alignment, size_t offset),
                           (heap, n, alignment, offset))
HEAPREEL_ALLOCATES_ALIGNED(mi_heap_zalloc_aligned, n, (mi_heap_t * heap, size_t n, size_t alignment),
                           (heap, n, alignment))
HEAPREEL_ALLOCATES_ALIGNED(mi_heap_zalloc_aligned_at, n, (mi_heap_t * heap, size_t n, size_t alignment, size_t offset),
                           (heap, n, alignment, offset))
HEAPREEL_ALLOCATES_ALIGNED(mi_heap_calloc_aligned, product(count, size),
                           (mi_heap_t * heap, size_t count, size_t size, size_t alignment),
                           (heap, count, size, alignment))
HEAPREEL_ALLOCATES_ALIGNED(mi_heap_calloc_aligned_at, product(count, size),
                           (mi_heap_t * heap, size_t count, size_t size, size_t alignment, size_t offset),
                           (heap, count, size, alignment, offset))

HEAPREEL_CHANGES_SIZE(mi_heap_realloc, n, (mi_heap_t * heap, void* p, size_t n), (heap, p, n))
HEAPREEL_CHANGES_SIZE(mi_heap_reallocn, product(count, size), (mi_heap_t * heap, void* p, size_t count, size_t size),
                      (heap, p, count, size))
HEAPREEL_CHANGES_SIZE(mi_heap_rezalloc, n, (mi_heap_t * heap, void* p, size_t n), (heap, p, n))
HEAPREEL_CHANGES_SIZE(mi_heap_recalloc, product(count, size), (mi_heap_t * heap, void* p, size_t count, size_t size),
                      (heap, p, count, size))
HEAPREEL_CHANGES_SIZE(mi_heap_realloc_aligned, n, (mi_heap_t * heap, void* p, size_t n, size_t alignment),
                      (heap, p, n, alignment))
HEAPREEL_CHANGES_SIZE(mi_heap_realloc_aligned_at, n,
                      (mi_heap_t * heap, void* p, size_t n, size_t alignment, size_t offset),
                      (heap, p, n, alignment, offset))
HEAPREEL_CHANGES_SIZE(mi_heap_rezalloc_aligned, n, (mi_heap_t * heap, void* p, size_t n, size_t alignment),
                      (heap, p, n, alignment))
HEAPREEL_CHANGES_SIZE(mi_heap_rezalloc_aligned_at, n,
                      (mi_heap_t * heap, void* p, size_t n, size_t alignment, size_t offset),
                      (heap, p, n, alignment, offset))
HEAPREEL_CHANGES_SIZE(mi_heap_recalloc_aligned, product(count, size),
                      (mi_heap_t * heap, void* p, size_t count, size_t size, size_t alignment),
                      (heap, p, count, size, alignment))
HEAPREEL_CHANGES_SIZE(mi_heap_recalloc_aligned_at, product(count, size),
                      (mi_heap_t * heap, void* p, size_t count, size_t size, size_t alignment, size_t offset),
                      (heap, p, count, size, alignment, offset))
HEAPREEL_CHANGES_SIZE_OR_FREES(mi_heap_reallocf, mi_heap_realloc, (mi_heap_t * heap, void* p, size_t n), (heap, p, n))

HEAPREEL_ALLOCATES(char*, mi_heap_strdup, text_bytes(p), (mi_heap_t * heap, const char* text), (heap, text))
HEAPREEL_ALLOCATES(char*, mi_heap_strndup, text_bytes(p), (mi_heap_t * heap, const char* text, size_t n),
                   (heap, text, n))

HEAPREEL_EXPORT char* mi_heap_realpath(mi_heap_t* heap, const char* path, char* place) {
  HEAPREEL_GO_ON(char*, mi_heap_realpath, (mi_heap_t*, const char*, char*), (heap, path, place))
  char* const p = next(heap, path, place);
  if (p != nullptr && p != place && tracing()) record_alloc(0, p, text_bytes(p), HEAPREEL_WALK_START());
  return p;
}

// The blocks of the heap end without a call for each of them.
HEAPREEL_EXPORT void mi_heap_destroy(mi_heap_t* heap) {
  HEAPREEL_GO_ON(void, mi_heap_destroy, (mi_heap_t*), (heap))
  if (heap != nullptr && tracing()) mimalloc_heaps::record_end_of_blocks(heap);
  mimalloc_heaps::forget(heap);
  next(heap);
  not_a_tail();
}

// Its blocks live on in another heap.
HEAPREEL_EXPORT void mi_heap_delete(mi_heap_t* heap) {
  static constinit std::atomic<void (*)(mi_heap_t*)> cache = nullptr;
  mimalloc_heaps::forget(heap);
  mimalloc_definition(cache, "mi_heap_delete")(heap);
  not_a_tail();
}

// An arena is named by an int, or since version 3 by a pointer, which is handed on unchanged.
HEAPREEL_EXPORT mi_heap_t* mi_heap_new_in_arena(void* arena) {
  static constinit std::atomic<mi_heap_t* (*)(void*)> cache = nullptr;
  mi_heap_t* const heap = mimalloc_definition(cache, "mi_heap_new_in_arena")(arena);
  mimalloc_heaps::note_new_in_arena(heap);
  return heap;
}

HEAPREEL_EXPORT mi_heap_t* mi_heap_new_ex(int tag, bool allow_destroy, void* arena) {
  static constinit std::atomic<mi_heap_t* (*)(int, bool, void*)> cache = nullptr;
  mi_heap_t* const heap = mimalloc_definition(cache, "mi_heap_new_ex")(tag, allow_destroy, arena);
  if (!allow_destroy) mimalloc_heaps::note_undestroyable(heap);
  return heap;
}

// ---- since version 3

HEAPREEL_ALLOCATES(void*, mi_umalloc, n, (size_t n, size_t* size), (n, size))
HEAPREEL_ALLOCATES(void*, mi_umalloc_small, n, (size_t n, size_t* size), (n, size))
HEAPREEL_ALLOCATES(void*, mi_uzalloc_small, n, (size_t n, size_t* size), (n, size))
HEAPREEL_ALLOCATES(void*, mi_ucalloc, product(count, n), (size_t count, size_t n, size_t* size), (count, n, size))
HEAPREEL_ALLOCATES_ALIGNED(mi_umalloc_aligned, n, (size_t n, size_t alignment, size_t* size), (n, alignment, size))
HEAPREEL_ALLOCATES_ALIGNED(mi_uzalloc_aligned, n, (size_t n, size_t alignment, size_t* size), (n, alignment, size))
HEAPREEL_CHANGES_SIZE(mi_urealloc, n, (void* p, size_t n, size_t* before, size_t* after), (p, n, before, after))
HEAPREEL_ALLOCATES(void*, mi_theap_malloc, n, (mi_theap_t * heap, size_t n), (heap, n))
HEAPREEL_ALLOCATES(void*, mi_theap_malloc_small, n, (mi_theap_t * heap, size_t n), (heap, n))
HEAPREEL_ALLOCATES(void*, mi_theap_zalloc, n, (mi_theap_t * heap, size_t n), (heap, n))
HEAPREEL_ALLOCATES(void*, mi_theap_zalloc_small, n, (mi_theap_t * heap, size_t n), (heap, n))
HEAPREEL_ALLOCATES(void*, mi_theap_calloc, product(count, size), (mi_theap_t * heap, size_t count, size_t size),
                   (heap, count, size))
HEAPREEL_ALLOCATES_ALIGNED(mi_theap_malloc_aligned, n, (mi_theap_t * heap, size_t n, size_t alignment),
                           (heap, n, alignment))
HEAPREEL_CHANGES_SIZE(mi_theap_realloc, n, (mi_theap_t * heap, void* p, size_t n), (heap, p, n))

}  // extern "C"
