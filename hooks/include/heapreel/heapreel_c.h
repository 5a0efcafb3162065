/* heapreel for C, and for allocators that live above malloc: pools, arenas, middleware, GPU heaps.
 *
 * malloc and operator new are traced without help. An allocator of your own, which takes large pieces and
 * hands out small ones, tells heapreel about the small ones in a domain of its own:
 *
 *     #include <heapreel/heapreel_c.h>
 *
 *     static heapreel_domain_id pool_domain;
 *
 *     void pool_init(void) {
 *       pool_domain = heapreel_register_domain("Pool", 16);
 *     }
 *     void* pool_alloc(size_t n) {
 *       void* p = take_from_pool(n);
 *       if (p) heapreel_alloc(pool_domain, p, n);          // after the memory is yours
 *       return p;
 *     }
 *     void pool_free(void* p) {
 *       heapreel_free(pool_domain, p);                     // before it is anybody else's
 *       give_to_pool(p);
 *     }
 *     void* pool_realloc(void* p, size_t n) {
 *       heapreel_realloc_ticket t = heapreel_realloc_begin(pool_domain, p);
 *       void* q = resize_in_pool(p, n);
 *       heapreel_realloc_end(pool_domain, t, p, q, n);     // q null: it failed, and p lives on
 *       return q;
 *     }
 *     void pool_clear(void) {
 *       heapreel_arena_reset(pool_domain, pool_base, pool_bytes);   // before the memory is handed out again
 *       forget_everything_in_pool();
 *     }
 *     int main(void) {
 *       heapreel_start(NULL);
 *       pool_init();                                       // domains exist once tracing was started
 *       while (running()) { step(); heapreel_game_frame(); }
 *       heapreel_stop();
 *     }
 *
 * Sizes are bytes. Every function may be called on any thread at any time, in signal handlers as far as the
 * words alloc, free, realloc_begin and realloc_end go, whether tracing is on or off; none throws, none
 * allocates from the program's heap. Off, a report costs a few nanoseconds and has no effect. Not promised:
 * that a report is visible to another thread's snapshot taken while the call runs.
 *
 * To report without linking to heapreel, include <heapreel/heapreel_weak.h> instead.
 */
#ifndef HEAPREEL_HEAPREEL_C_H
#define HEAPREEL_HEAPREEL_C_H

#include <stddef.h>
#include <stdint.h>

#ifndef HEAPREEL_LINKAGE
#define HEAPREEL_LINKAGE __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
#define HEAPREEL_NOEXCEPT noexcept
#define HEAPREEL_UNLESS_SET(value) = value
extern "C" {
#else
#define HEAPREEL_NOEXCEPT
#define HEAPREEL_UNLESS_SET(value)
#endif

/* 0 is malloc and operator new. Reports to a number that is no domain's (4096 and above, HEAPREEL_NO_NAME) have no
 * effect but on the record's completeness: what should have been allocated or reset there counts as unrecorded, what
 * should have been freed as untracked. */
typedef uint32_t heapreel_domain_id;
typedef uint32_t heapreel_tag_id; /* 0 is "no tag" */

#define HEAPREEL_NO_NAME UINT32_MAX    /* no such domain or tag */
#define HEAPREEL_NO_LIMIT UINT64_MAX   /* of a budget */
#define HEAPREEL_BUDGET_NAME_BYTES 120 /* at most, with the zero at the end */

enum heapreel_result {
  HEAPREEL_OK = 0,
  HEAPREEL_BAD_ARGUMENT = -1, /* nothing was done */
  HEAPREEL_FAILED = -2        /* the system refused memory or a thread; the program runs untraced */
};

/* Start options. Set `size` to sizeof(heapreel_start_options), so that later versions can tell what yours
 * has, and leave every other member 0 for its default. */
typedef struct heapreel_start_options {
  size_t size;
  int32_t traceback_limit; /* most recent frames kept per traceback, 1 to 1024 */
  uint32_t frame_every_ms; /* a game frame this often, until the first heapreel_game_frame() */
  uint64_t ring_budget;    /* bytes */
  uint64_t memory_budget;  /* bytes; by default 4 GiB, or a quarter of what control groups allow */
} heapreel_start_options;

/* What realloc_begin hands to realloc_end; meaningless to anybody else. */
typedef struct heapreel_realloc_ticket {
  uint32_t block;
  uint32_t generation;
} heapreel_realloc_ticket;

/* Starts tracing; options may be NULL. Already tracing: nothing happens, the old limit stays, HEAPREEL_OK. */
HEAPREEL_LINKAGE int heapreel_start(const heapreel_start_options* options) HEAPREEL_NOEXCEPT;
/* Stops tracing and forgets all traces. */
HEAPREEL_LINKAGE void heapreel_stop(void) HEAPREEL_NOEXCEPT;
HEAPREEL_LINKAGE int heapreel_is_tracing(void) HEAPREEL_NOEXCEPT;

/* Most recent frames kept per traceback, of the last start, also after a stop; 1 before the first. */
HEAPREEL_LINKAGE int heapreel_traceback_limit(void) HEAPREEL_NOEXCEPT;
/* Forgets all traces of all domains and goes on tracing. Off: nothing happens. */
HEAPREEL_LINKAGE void heapreel_clear_traces(void) HEAPREEL_NOEXCEPT;
/* Peak = current. Off: nothing happens. */
HEAPREEL_LINKAGE void heapreel_reset_peak(void) HEAPREEL_NOEXCEPT;

/* Set `size` to sizeof(heapreel_traced_memory); members that your version has are filled in. Bytes, all domains. */
typedef struct heapreel_traced_memory {
  size_t size;
  uint64_t current;    /* of live blocks, as requested */
  uint64_t peak;       /* the largest `current` that certainly was */
  uint64_t peak_bound; /* the largest that can have been; equal to `peak` while one thread allocates */
} heapreel_traced_memory;

/* Exact as of this call: waits for what was recorded to be stored, so not from a signal handler. All 0 when tracing is
 * off. HEAPREEL_BAD_ARGUMENT for a NULL or a `size` that has no member. */
HEAPREEL_LINKAGE int heapreel_get_traced_memory(heapreel_traced_memory* memory) HEAPREEL_NOEXCEPT;
/* As of a moment ago, without waiting. */
HEAPREEL_LINKAGE int heapreel_get_traced_memory_estimate(heapreel_traced_memory* memory) HEAPREEL_NOEXCEPT;
/* Bytes of memory the tracer itself uses: all of it. */
HEAPREEL_LINKAGE size_t heapreel_get_tracer_memory(void) HEAPREEL_NOEXCEPT;

/* A domain is an address space of its own: a pool and the first block in it may share an address. `alignment`
 * is the least one of its blocks, in bytes. The same name gives the same domain. The name is copied.
 * HEAPREEL_NO_NAME when there are too many, or when tracing was never started: register after heapreel_start.
 */
HEAPREEL_LINKAGE heapreel_domain_id heapreel_register_domain(const char* name, size_t alignment) HEAPREEL_NOEXCEPT;

/* p was allocated and has n bytes. A p that is known in this domain is closed first, as a free that went
 * missing. */
HEAPREEL_LINKAGE void heapreel_alloc(heapreel_domain_id domain, const void* p, size_t n) HEAPREEL_NOEXCEPT;
/* p is about to be freed. NULL and unknown addresses are fine. */
HEAPREEL_LINKAGE void heapreel_free(heapreel_domain_id domain, const void* p) HEAPREEL_NOEXCEPT;
/* Around a realloc of yours, on one thread. old_p NULL is an allocation. new_p NULL is a failure: nothing
 * changes. */
HEAPREEL_LINKAGE heapreel_realloc_ticket heapreel_realloc_begin(heapreel_domain_id domain,
                                                                const void* p) HEAPREEL_NOEXCEPT;
HEAPREEL_LINKAGE void heapreel_realloc_end(heapreel_domain_id domain, heapreel_realloc_ticket ticket, const void* old_p,
                                           const void* new_p, size_t n) HEAPREEL_NOEXCEPT;
/* Every block of the domain that starts in [base, base + bytes) is about to be freed. */
HEAPREEL_LINKAGE void heapreel_arena_reset(heapreel_domain_id domain, const void* base, size_t bytes) HEAPREEL_NOEXCEPT;

/* Tags name what the calling thread is doing ("Physics/Solver"); a block remembers the innermost one. The
 * same name gives the same tag; HEAPREEL_NO_NAME when there are too many, or when tracing was never started.
 */
HEAPREEL_LINKAGE heapreel_tag_id heapreel_register_tag(const char* name) HEAPREEL_NOEXCEPT;
/* Makes `tag` the calling thread's tag and returns the one before, which the matching pop wants back.
 * HEAPREEL_NO_NAME leaves the tag as it is. */
HEAPREEL_LINKAGE heapreel_tag_id heapreel_tag_push(heapreel_tag_id tag) HEAPREEL_NOEXCEPT;
HEAPREEL_LINKAGE void heapreel_tag_pop(heapreel_tag_id before) HEAPREEL_NOEXCEPT;
HEAPREEL_LINKAGE heapreel_tag_id heapreel_current_tag(void) HEAPREEL_NOEXCEPT;

/* What a name may use at most. `name`: a tag, which includes the tags below it ("Physics" includes "Physics/Solver");
 * "domain:NAME", "thread:NAME"; or "*", the whole program. It is copied.
 * Begin with HEAPREEL_BUDGET_INITIALIZER, which sets `size` and no limit. 0 is a limit: nothing is allowed. */
typedef struct heapreel_budget {
  size_t size HEAPREEL_UNLESS_SET(sizeof(struct heapreel_budget));
  const char* name HEAPREEL_UNLESS_SET(NULL);
  uint64_t allocs_per_game_frame HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT); /* a realloc is one */
  uint64_t alloc_bytes_per_game_frame HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t live_bytes HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT); /* at the end of a game frame */
} heapreel_budget;
#define HEAPREEL_BUDGET_INITIALIZER \
  { sizeof(heapreel_budget), NULL, HEAPREEL_NO_LIMIT, HEAPREEL_NO_LIMIT, HEAPREEL_NO_LIMIT }

/* Declares a budget: it goes into the recording. Declared again, all limits of the name are replaced. Also before
 * tracing was started; it holds over stop and start, and in forked children. Not from a signal handler.
 * HEAPREEL_BAD_ARGUMENT: NULL, no name or one too long, a `size` that ends before the first limit. HEAPREEL_FAILED:
 * there are 1024 names already; the recording says how many were refused. */
HEAPREEL_LINKAGE int heapreel_declare_budget(const heapreel_budget* budget) HEAPREEL_NOEXCEPT;

/* The end of a game frame. */
HEAPREEL_LINKAGE void heapreel_game_frame(void) HEAPREEL_NOEXCEPT;
/* Names this moment ("level-loaded"). The name is copied. */
HEAPREEL_LINKAGE void heapreel_mark(const char* name) HEAPREEL_NOEXCEPT;

/* Calls visit(block, bytes, context) for every block that the calling thread's heap holds by the allocator's own books,
 * traced or not, until it returns 0. bytes: what may be used, not what was asked for. Nothing may be allocated or freed
 * meanwhile. 0 over an allocator that cannot tell (anything but mimalloc), else 1. */
HEAPREEL_LINKAGE int heapreel_walk_heap(int (*visit)(void* block, size_t bytes, void* context),
                                        void* context) HEAPREEL_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
