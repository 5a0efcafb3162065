/* heapreel for C, and for allocators that live above malloc: pools, arenas, middleware, GPU heaps.
 *
 * malloc and operator new are traced without help. An allocator of your own, which takes large pieces of memory and
 * hands out small ones, reports the small ones in a domain of its own:
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
 * Sizes are bytes. Every function may be called on any thread at any time, whether tracing is on or off.
 * heapreel_alloc, heapreel_free, heapreel_realloc_begin and heapreel_realloc_end may also be called in signal handlers.
 * No function throws or allocates from the program's heap. While tracing is off, a report costs a few nanoseconds and
 * has no effect. A snapshot that another thread takes while a report runs may or may not contain it.
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

/* Domain 0 is malloc and operator new. A report to a number that is not a domain (4096 and above, HEAPREEL_NO_NAME) is
 * only counted: allocations and resets as unrecorded, frees as untracked, so that the record says that it is
 * incomplete. */
typedef uint32_t heapreel_domain_id;
typedef uint32_t heapreel_tag_id; /* 0 is "no tag" */

#define HEAPREEL_NO_NAME UINT32_MAX    /* no such domain or tag */
#define HEAPREEL_NO_LIMIT UINT64_MAX   /* of a budget */
#define HEAPREEL_BUDGET_NAME_BYTES 120 /* at most, with the zero at the end */

enum heapreel_result {
  HEAPREEL_OK = 0,
  HEAPREEL_BAD_ARGUMENT = -1, /* the call did nothing */
  HEAPREEL_FAILED = -2        /* the system refused memory or a thread; the program runs untraced */
};

/* What happens in the running program when a budget that it declares is broken in a game frame that it ended itself: once
 * for each budget, limit and call site. It happens on a thread of heapreel's. Never under `heapreel run`, which judges the
 * program itself, nor in a program that is merely preloaded. */
enum heapreel_on_breach {
  HEAPREEL_BREACH_LOG = 0,      /* a line on stderr */
  HEAPREEL_BREACH_NONE = 1,     /* nothing; heapreel_exit_status() tells */
  HEAPREEL_BREACH_CALLBACK = 2, /* the function that heapreel_start_options names; without one as LOG */
  HEAPREEL_BREACH_DEBUG = 3,    /* as LOG; then stops in the debugger, if one is attached (SIGTRAP) */
  HEAPREEL_BREACH_ABORT = 4     /* as LOG; then abort() */
};

/* A limit that was passed. Valid during the call. */
typedef struct heapreel_breach {
  size_t size;
  const char* budget;  /* its name: "Physics" */
  const char* limit;   /* "allocs_per_game_frame" */
  uint64_t value;      /* what it came to, in that game frame */
  uint64_t most;       /* what is allowed */
  const char* site;    /* the call site that has most of it; "" when it is not known */
  const char* message; /* all of it as a sentence */
  uint32_t game_frame; /* as the program counts them */
} heapreel_breach;

/* Start options. Set `size` to sizeof(heapreel_start_options), so that later versions can tell which members yours has.
 * A member that is 0 has its default. */
typedef struct heapreel_start_options {
  size_t size;
  int32_t traceback_limit; /* most recent frames kept per traceback, 1 to 1024 */
  uint32_t frame_every_ms; /* until the first heapreel_game_frame(), a game frame ends this often */
  uint64_t ring_budget;    /* bytes of events that may wait to be stored */
  uint64_t memory_budget;  /* bytes; by default 4 GiB, or a quarter of the container's limit if that is smaller */
  uint32_t on_breach;      /* one of heapreel_on_breach */
  /* It may allocate, which is not recorded, and call any function of heapreel. One that was given to an earlier start holds
   * until another is given. */
  void (*breach_callback)(const heapreel_breach* breach, void* context);
  void* breach_context;
  /* 1: trace nothing yet, and wait for `heapreel attach`, on a thread of heapreel's and a socket for this user alone. The
   * other members have no effect: whoever attaches says what is traced, and how. As HEAPREEL_OPTIONS=listen=1. */
  int32_t listen;
} heapreel_start_options;

/* What heapreel_realloc_begin returns and heapreel_realloc_end takes. Its members mean nothing to a caller. */
typedef struct heapreel_realloc_ticket {
  uint32_t block;
  uint32_t generation;
} heapreel_realloc_ticket;

/* Starts tracing. `options` may be NULL. When tracing is on already, nothing happens, the old limit stays, and the
 * result is HEAPREEL_OK. */
HEAPREEL_LINKAGE int heapreel_start(const heapreel_start_options* options) HEAPREEL_NOEXCEPT;
/* A reel that the program records of itself. Set `size` to sizeof(heapreel_reel_options). A member that is 0 has its
 * default. */
typedef struct heapreel_reel_options {
  size_t size;
  const char* path;   /* the file; it must not exist unless `overwrite` is 1 */
  uint64_t max_bytes; /* of the file; then the reel ends, and says so; 0 means no limit */
  int32_t overwrite;
  int32_t every_game_frame; /* 1: heapreel's threads wait for the file, so that no game frame is merged into the next */
} heapreel_reel_options;
/* Starts tracing and writes everything to a reel, as `heapreel run` does, until heapreel_stop_reel() or until the program
 * exits. A program that dies leaves a reel of all game frames but the last few. The program's own threads do nothing for
 * it. When tracing is on already the reel begins with what is live now; under `heapreel run`, which records the program
 * anyway, and while a reel is being recorded already, it says so on stderr and makes no file. HEAPREEL_FAILED, with a line
 * on stderr, when the file cannot be made; nothing is traced then unless it was before.
 *
 * These three are in libheapreel only: they are NULL for heapreel_weak.h in a program that is merely preloaded. */
HEAPREEL_LINKAGE int heapreel_start_reel(const heapreel_start_options* options,
                                         const heapreel_reel_options* reel) HEAPREEL_NOEXCEPT;
/* Writes the reel to its end, with what is live now as its last state, and stops tracing. */
HEAPREEL_LINKAGE void heapreel_stop_reel(void) HEAPREEL_NOEXCEPT;
/* How the budgets that the program declares were kept, for main() to return: 0 when they were, or when there are none; 1
 * when one was broken, or when nothing has the name of one; 4 when nothing is known to be broken, but not everything could
 * be judged. See heapreel::exit_status() in heapreel/tracing.h. */
HEAPREEL_LINKAGE int heapreel_exit_status(void) HEAPREEL_NOEXCEPT;
/* Stops tracing and forgets all traces. */
HEAPREEL_LINKAGE void heapreel_stop(void) HEAPREEL_NOEXCEPT;
HEAPREEL_LINKAGE int heapreel_is_tracing(void) HEAPREEL_NOEXCEPT;
/* Whether the program's malloc is heapreel's. 0 in a plugin that links heapreel, when the program itself does not: the
 * program calls another malloc, of which nothing is recorded. heapreel_start() succeeds there, for domains and tags, and
 * says so on stderr; no snapshot is complete. */
HEAPREEL_LINKAGE int heapreel_sees_malloc(void) HEAPREEL_NOEXCEPT;

/* How many of the most recent frames are kept per traceback: the limit of the last start, also after a stop; 1 before
 * the first start. */
HEAPREEL_LINKAGE int heapreel_traceback_limit(void) HEAPREEL_NOEXCEPT;
/* Forgets all traces of all domains and goes on tracing. Nothing happens when tracing is off. */
HEAPREEL_LINKAGE void heapreel_clear_traces(void) HEAPREEL_NOEXCEPT;
/* Sets the peak to the bytes that are live now. Nothing happens when tracing is off. */
HEAPREEL_LINKAGE void heapreel_reset_peak(void) HEAPREEL_NOEXCEPT;

/* Set `size` to sizeof(heapreel_traced_memory). The members that fit into it are filled in. Bytes, over all domains. */
typedef struct heapreel_traced_memory {
  size_t size;
  uint64_t current;    /* of live blocks, as requested */
  uint64_t peak;       /* the highest `current` that was certainly reached */
  uint64_t peak_bound; /* the highest that can have been reached; equal to `peak` while only one thread allocates */
} heapreel_traced_memory;

/* The exact sums as of this call. It waits until everything recorded so far is stored, so it must not be called from a
 * signal handler. All 0 when tracing is off. HEAPREEL_BAD_ARGUMENT when `memory` is NULL or its `size` is too small for
 * any member. */
HEAPREEL_LINKAGE int heapreel_get_traced_memory(heapreel_traced_memory* memory) HEAPREEL_NOEXCEPT;
/* The sums as of the last round of the consolidator, usually less than a millisecond ago. Does not wait. */
HEAPREEL_LINKAGE int heapreel_get_traced_memory_estimate(heapreel_traced_memory* memory) HEAPREEL_NOEXCEPT;
/* Bytes of memory that the tracer uses, all in all. */
HEAPREEL_LINKAGE size_t heapreel_get_tracer_memory(void) HEAPREEL_NOEXCEPT;

/* Registers an allocator of the program. A domain has addresses of its own, because a pool and the first block in it
 * may lie at the same address. `alignment` is the smallest alignment of its blocks, in bytes. The same name gives the
 * same domain. The name is copied. HEAPREEL_NO_NAME when there are too many domains, or when tracing was never started:
 * register after heapreel_start. */
HEAPREEL_LINKAGE heapreel_domain_id heapreel_register_domain(const char* name, size_t alignment) HEAPREEL_NOEXCEPT;

/* Reports that a block of n bytes was allocated at p. When the domain has a block at p already, that one ends first and
 * counts as a free that was not seen. */
HEAPREEL_LINKAGE void heapreel_alloc(heapreel_domain_id domain, const void* p, size_t n) HEAPREEL_NOEXCEPT;
/* Reports that the block at p is about to be freed. NULL and addresses without a block are allowed. */
HEAPREEL_LINKAGE void heapreel_free(heapreel_domain_id domain, const void* p) HEAPREEL_NOEXCEPT;
/* Call these two before and after a realloc of your own allocator, on one thread. When old_p is NULL it is an
 * allocation. When new_p is NULL the realloc failed, and nothing changes. */
HEAPREEL_LINKAGE heapreel_realloc_ticket heapreel_realloc_begin(heapreel_domain_id domain,
                                                                const void* p) HEAPREEL_NOEXCEPT;
HEAPREEL_LINKAGE void heapreel_realloc_end(heapreel_domain_id domain, heapreel_realloc_ticket ticket, const void* old_p,
                                           const void* new_p, size_t n) HEAPREEL_NOEXCEPT;
/* Reports that every block of the domain that starts in [base, base + bytes) is about to be freed. */
HEAPREEL_LINKAGE void heapreel_arena_reset(heapreel_domain_id domain, const void* base, size_t bytes) HEAPREEL_NOEXCEPT;

/* Reports that every block of the domain is about to be freed, wherever it is: for an arena that does not know its range.
 * No other thread may report to the domain meanwhile. It takes up to some milliseconds for each 64 MiB of addresses that
 * the domain ever had blocks in, and must not be called in a signal handler. Of domain 0, malloc, it is only counted as
 * unrecorded. */
HEAPREEL_LINKAGE void heapreel_domain_reset(heapreel_domain_id domain) HEAPREEL_NOEXCEPT;
/* The same for an allocator that is destroyed with all its blocks. Its name keeps its number: an allocator that is made
 * anew under that name goes on in the same domain. */
HEAPREEL_LINKAGE void heapreel_domain_destroy(heapreel_domain_id domain) HEAPREEL_NOEXCEPT;

/* Tags name what the calling thread is doing, such as "Physics/Solver". A block remembers the tag in which it was
 * allocated. The same name gives the same tag. HEAPREEL_NO_NAME when there are too many tags, or when tracing was never
 * started. */
HEAPREEL_LINKAGE heapreel_tag_id heapreel_register_tag(const char* name) HEAPREEL_NOEXCEPT;
/* heapreel_tag_push makes `tag` the calling thread's tag and returns the tag before. Give that one to the matching
 * heapreel_tag_pop. HEAPREEL_NO_NAME leaves the tag as it is. */
HEAPREEL_LINKAGE heapreel_tag_id heapreel_tag_push(heapreel_tag_id tag) HEAPREEL_NOEXCEPT;
HEAPREEL_LINKAGE void heapreel_tag_pop(heapreel_tag_id before) HEAPREEL_NOEXCEPT;
HEAPREEL_LINKAGE heapreel_tag_id heapreel_current_tag(void) HEAPREEL_NOEXCEPT;

/* What a tag, domain, thread or the whole program may use at most. `name` is
 * - a tag, which includes the tags below it ("Physics" includes "Physics/Solver"),
 * - "domain:NAME",
 * - "thread:NAME", which means all threads that had this name when they first allocated,
 * - "function:PATTERN", "file:PATTERN", "module:PATTERN": blocks with such a frame anywhere in their call stack. These are
 *   judged by `heapreel run` and `heapreel check`, which know names; in the running game they are not judged (4),
 * - or "*", the whole program.
 *
 * The name is copied. Begin with HEAPREEL_BUDGET_INITIALIZER, which sets `size` and no limit. A limit of 0 allows
 * nothing. */
typedef struct heapreel_budget {
  size_t size HEAPREEL_UNLESS_SET(sizeof(struct heapreel_budget));
  const char* name HEAPREEL_UNLESS_SET(NULL);
  uint64_t allocs_per_game_frame HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT); /* a realloc counts as one */
  uint64_t alloc_bytes_per_game_frame HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t live_bytes HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT); /* at the end of a game frame */
  uint64_t frees_per_game_frame HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t live_blocks HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  /* What 99 of 100 game frames, and all of them on average, may have at most. */
  uint64_t allocs_per_game_frame_p99 HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t alloc_bytes_per_game_frame_p99 HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t frees_per_game_frame_p99 HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t allocs_per_game_frame_average HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t alloc_bytes_per_game_frame_average HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t frees_per_game_frame_average HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  /* By how much the least that lives in 100 game frames may lie above the least of the 100 before. */
  uint64_t live_bytes_growth_per_100_game_frames HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t live_blocks_growth_per_100_game_frames HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t new_sites HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT); /* call sites that allocate for the first time */
  /* Of what was born between the marks `from_mark` and `to_mark`. */
  uint64_t blocks_left HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t bytes_left HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  const char* from_mark HEAPREEL_UNLESS_SET(NULL);
  const char* to_mark HEAPREEL_UNLESS_SET(NULL);
  uint32_t settle_game_frames HEAPREEL_UNLESS_SET(0); /* so much later the blocks are counted */
  /* Game frames before this one are the warm-up: its number, or how many come after the first mark of this name. */
  uint32_t first_game_frame HEAPREEL_UNLESS_SET(0);
  const char* first_mark HEAPREEL_UNLESS_SET(NULL);
  int32_t optional HEAPREEL_UNLESS_SET(0); /* 1: it is no mistake when nothing has the name */
} heapreel_budget;
#define HEAPREEL_NO_LIMIT_3 HEAPREEL_NO_LIMIT, HEAPREEL_NO_LIMIT, HEAPREEL_NO_LIMIT
#define HEAPREEL_BUDGET_INITIALIZER                                                                                    \
  {                                                                                                                    \
    sizeof(heapreel_budget), NULL, HEAPREEL_NO_LIMIT_3, HEAPREEL_NO_LIMIT_3, HEAPREEL_NO_LIMIT_3, HEAPREEL_NO_LIMIT_3, \
        HEAPREEL_NO_LIMIT_3, HEAPREEL_NO_LIMIT, NULL, NULL, 0, 0, NULL, 0                                              \
  }

/* Declares a budget, which is stored in the recording. Declaring the same name again replaces all its limits. A budget
 * may be declared before tracing is started; it holds over stop and start, and in forked children. Not from a signal
 * handler. HEAPREEL_BAD_ARGUMENT when `budget` is NULL, its name is missing or too long, or its `size` ends before the
 * first limit; when one of blocks_left, bytes_left and the two marks is given without the other, or new_sites to a thread;
 * and when a mark's name is longer than 63 bytes. HEAPREEL_FAILED when there are 1024 names already; the recording says how many were refused. */
HEAPREEL_LINKAGE int heapreel_declare_budget(const heapreel_budget* budget) HEAPREEL_NOEXCEPT;

/* Ends a game frame and begins the next one. */
HEAPREEL_LINKAGE void heapreel_game_frame(void) HEAPREEL_NOEXCEPT;
/* The same, of a game frame that the program knows by this number. heapreel's commands then show and take the program's
 * numbers. Game frames that end without a number count on from the last one. Numbers may begin anew, as when a level is
 * loaded: where one number means several game frames, the commands ask which. */
HEAPREEL_LINKAGE void heapreel_game_frame_number(uint32_t number) HEAPREEL_NOEXCEPT;
/* Gives this moment a name, such as "level-loaded". The name is copied. The recording keeps the state at the mark itself:
 * everything that the calling thread did before the call and nothing that it does after it; of other threads what was over
 * before the call, and nothing that begins after it has returned. Costs the caller what the end of a game frame costs. A
 * recording that cannot keep up may keep the sums of a mark alone, and says so. */
HEAPREEL_LINKAGE void heapreel_mark(const char* name) HEAPREEL_NOEXCEPT;

/* Calls visit(block, bytes, context) for every block that the calling thread's heap holds according to the allocator
 * itself, traced or not, until visit returns 0. `bytes` is what may be used, not what was asked for. Nothing may be
 * allocated or freed meanwhile. Returns 0 when the allocator cannot list its blocks (any but mimalloc), else 1. */
HEAPREEL_LINKAGE int heapreel_walk_heap(int (*visit)(void* block, size_t bytes, void* context),
                                        void* context) HEAPREEL_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
