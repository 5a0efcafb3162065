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
 *       pool_base = malloc(pool_bytes);
 *       heapreel_heap(pool_domain, 0, pool_base);          // malloc's block, and the pool's memory: counted once
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
 * Sizes are bytes. Every function may be called on any thread, whether tracing is on or off, and none throws. Signal
 * handlers may call heapreel_alloc, heapreel_free, heapreel_realloc_begin and heapreel_realloc_end, and no other
 * function. A report (of an allocation, a free or a tag) allocates nothing from the program's heap. While tracing is
 * off, it costs a few nanoseconds and has no effect. A snapshot that another thread takes while a report runs may or
 * may not contain it.
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

/* Domain 0 is malloc and operator new. When a report names a number that is not a domain (4096 and above,
 * HEAPREEL_NO_NAME), heapreel only counts the report: allocations and resets as unrecorded, frees as untracked. The
 * record then says that it is incomplete. */
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

/* What heapreel does in the running program when a budget that the program declared is broken. It acts on a thread of
 * its own, once for each budget, limit and call site, and only on game frames that the program ended itself. It does
 * nothing under `heapreel run`, where the run judges the budgets, nor in a program that is merely preloaded. */
enum heapreel_on_breach {
  HEAPREEL_BREACH_LOG = 0,      /* prints a line on stderr */
  HEAPREEL_BREACH_NONE = 1,     /* does nothing: the program asks heapreel_exit_status() */
  HEAPREEL_BREACH_CALLBACK = 2, /* calls breach_callback of heapreel_start_options; when there is none, as LOG */
  HEAPREEL_BREACH_DEBUG = 3,    /* as LOG, then stops in the debugger if one is attached (SIGTRAP) */
  HEAPREEL_BREACH_ABORT = 4     /* as LOG, then calls abort() */
};

/* One limit that a game frame exceeded, for breach_callback. Its strings are valid until the callback returns. */
typedef struct heapreel_breach {
  size_t size;         /* sizeof(heapreel_breach) of the heapreel that calls */
  const char* budget;  /* the budget's name, such as "Physics" */
  const char* limit;   /* the limit's name, such as "allocs_per_game_frame" */
  uint64_t value;      /* what the game frame used: a count or bytes, as the limit */
  uint64_t most;       /* what the limit allows */
  const char* site;    /* the call site that used the most; "" when it is not known */
  const char* message; /* all of this as a sentence */
  uint32_t game_frame; /* the game frame's number, as the program counts them */
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
  /* For HEAPREEL_BREACH_CALLBACK. The function may call any function of heapreel, and it may allocate: heapreel does
   * not record that. It stays in force over later starts until one of them gives another function. */
  void (*breach_callback)(const heapreel_breach* breach, void* context);
  void* breach_context; /* handed to breach_callback */
  /* 1: do not trace yet. A thread of heapreel's waits for `heapreel attach` on a socket that only this user can connect
   * to. The other members have no effect then, because `attach` says what is traced, and how. The environment variable
   * HEAPREEL_OPTIONS=listen=1 does the same. */
  int32_t listen;
} heapreel_start_options;

/* What heapreel_realloc_begin returns and heapreel_realloc_end takes. Its members mean nothing to a caller. */
typedef struct heapreel_realloc_ticket {
  uint32_t block;
  uint32_t generation;
} heapreel_realloc_ticket;

/* Starts tracing. `options` may be NULL. When tracing is on already, nothing happens, the old limit stays, and the
 * result is HEAPREEL_OK. Returns HEAPREEL_BAD_ARGUMENT when an option is out of its range. */
HEAPREEL_LINKAGE int heapreel_start(const heapreel_start_options* options) HEAPREEL_NOEXCEPT;
/* How a program records a reel of itself. Set `size` to sizeof(heapreel_reel_options). A member that is 0 has its
 * default. */
typedef struct heapreel_reel_options {
  size_t size;
  const char* path;   /* the file; it must not exist unless `overwrite` is 1 */
  uint64_t max_bytes; /* the reel ends at this size of the file, and says so; 0 means no limit */
  int32_t overwrite;  /* 1: the file may exist, and is replaced */
  /* 1: when the file cannot keep up, heapreel's threads wait for it, so that no game frame is merged into the next. */
  int32_t every_game_frame;
} heapreel_reel_options;
/* Starts tracing and writes everything to a reel, as `heapreel run` does, until heapreel_stop_reel() is called or the
 * program exits. A program that is killed leaves a reel of all game frames but the last few. The program's own threads
 * do no work for the reel. When tracing is on already, the reel begins with what is live now.
 *
 * Under `heapreel run`, which records the program anyway, and while a reel is being recorded already, the function says
 * so on stderr and makes no file. Returns HEAPREEL_FAILED, with a line on stderr, when the file cannot be made; tracing
 * then stays as it was.
 *
 * Only libheapreel has this function, heapreel_stop_reel and heapreel_exit_status: with heapreel_weak.h they are NULL
 * in a program that is merely preloaded. */
HEAPREEL_LINKAGE int heapreel_start_reel(const heapreel_start_options* options,
                                         const heapreel_reel_options* reel) HEAPREEL_NOEXCEPT;
/* Writes the reel to its end, with what is live now as its last state, and stops tracing. Waits for the file. */
HEAPREEL_LINKAGE void heapreel_stop_reel(void) HEAPREEL_NOEXCEPT;
/* An exit status for main() that says whether the program kept its budgets: 0 when it did, or declared none; 1 when a
 * budget was broken, or when nothing in the program has a budget's name; 4 when no budget is known to be broken, but
 * not everything could be judged. heapreel::exit_status() in heapreel/tracing.h says more. */
HEAPREEL_LINKAGE int heapreel_exit_status(void) HEAPREEL_NOEXCEPT;
/* Stops tracing and forgets all traces. Snapshots that were taken before keep theirs. */
HEAPREEL_LINKAGE void heapreel_stop(void) HEAPREEL_NOEXCEPT;
HEAPREEL_LINKAGE int heapreel_is_tracing(void) HEAPREEL_NOEXCEPT;
/* 1 when the program's malloc is heapreel's. 0 in a plugin that links heapreel while the program does not: the program
 * then calls another malloc, of which heapreel records nothing. heapreel_start() succeeds there, so that domains and
 * tags can be used. It says on stderr what is missing, and no snapshot is complete. */
HEAPREEL_LINKAGE int heapreel_sees_malloc(void) HEAPREEL_NOEXCEPT;

/* How many of the most recent frames are kept per traceback: the limit of the last start, also after a stop; 1 before
 * the first start. */
HEAPREEL_LINKAGE int heapreel_traceback_limit(void) HEAPREEL_NOEXCEPT;
/* Forgets all traces of all domains and goes on tracing. Nothing happens when tracing is off. */
HEAPREEL_LINKAGE void heapreel_clear_traces(void) HEAPREEL_NOEXCEPT;
/* Sets the peak to the bytes that are live now. Nothing happens when tracing is off. */
HEAPREEL_LINKAGE void heapreel_reset_peak(void) HEAPREEL_NOEXCEPT;

/* Sums over all domains, in bytes. Set `size` to sizeof(heapreel_traced_memory); the members that fit into it are
 * filled in. */
typedef struct heapreel_traced_memory {
  size_t size;
  uint64_t current;    /* of live blocks, as requested */
  uint64_t peak;       /* the highest `current` that was certainly reached */
  uint64_t peak_bound; /* the highest that can have been reached; equal to `peak` while only one thread allocates */
} heapreel_traced_memory;

/* Fills in the exact sums as of this call, all 0 when tracing is off. It waits until everything recorded so far is
 * stored. Returns HEAPREEL_BAD_ARGUMENT when `memory` is NULL or its `size` is too small for any member. */
HEAPREEL_LINKAGE int heapreel_get_traced_memory(heapreel_traced_memory* memory) HEAPREEL_NOEXCEPT;
/* Fills in the sums as they were when the consolidator last stored events, usually less than a millisecond ago. It does
 * not wait, so that a display can ask in every game frame. */
HEAPREEL_LINKAGE int heapreel_get_traced_memory_estimate(heapreel_traced_memory* memory) HEAPREEL_NOEXCEPT;
/* Bytes of memory that the tracer uses, all in all. */
HEAPREEL_LINKAGE size_t heapreel_get_tracer_memory(void) HEAPREEL_NOEXCEPT;

/* Registers an allocator of the program as a domain, and returns the domain's number. Each domain has addresses of its
 * own, because a pool and the first block in it may lie at the same address. `alignment` is the smallest alignment of
 * its blocks, in bytes. The same name gives the same domain. The name is copied. Returns HEAPREEL_NO_NAME when there
 * are too many domains, and when tracing was never started: register after heapreel_start. */
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

/* Reports that the block at p is a heap of `domain`: memory that the domain hands out in pieces, which are reported in
 * that domain. `of` is the domain of the block itself, 0 when malloc gave it out. heapreel's commands then leave the
 * block out where they count each byte once, even while none of its pieces is in use. Call it before the first piece is
 * handed out. The report holds until the block is freed. A block that realloc has moved or resized must be reported
 * again. Not from a signal handler.
 *
 * Returns HEAPREEL_BAD_ARGUMENT, and changes nothing,
 * - when no block of `of` that is in the record begins at p: it may have been allocated while nothing was traced,
 * - when the two domains are the same, or one of the numbers is no domain.
 * A pointer into the middle of a block changes nothing either, but may be answered with HEAPREEL_OK: the block is then
 * looked up later, by where it begins. */
HEAPREEL_LINKAGE int heapreel_heap(heapreel_domain_id domain, heapreel_domain_id of, const void* p) HEAPREEL_NOEXCEPT;

/* Reports that every block of the domain is about to be freed, wherever it is: for an arena that does not know its
 * range. No other thread may report to the domain meanwhile. The call takes up to some milliseconds for each 64 MiB of
 * addresses in which the domain ever had blocks. Domain 0, malloc, cannot be reset: such a call is counted as
 * unrecorded. */
HEAPREEL_LINKAGE void heapreel_domain_reset(heapreel_domain_id domain) HEAPREEL_NOEXCEPT;
/* The same for an allocator that is destroyed with all its blocks. The name keeps its number: when an allocator of that
 * name is made again, it has the same domain. */
HEAPREEL_LINKAGE void heapreel_domain_destroy(heapreel_domain_id domain) HEAPREEL_NOEXCEPT;

/* Registers the name of a tag and returns the tag's number. Tags name what a thread is doing, such as "Physics/Solver".
 * A block remembers the tag in which it was allocated. The same name gives the same tag. The name is copied. Returns
 * HEAPREEL_NO_NAME when there are too many tags, and when tracing was never started. */
HEAPREEL_LINKAGE heapreel_tag_id heapreel_register_tag(const char* name) HEAPREEL_NOEXCEPT;
/* heapreel_tag_push makes `tag` the calling thread's tag and returns the one that it replaces. Give that one to the
 * matching heapreel_tag_pop. HEAPREEL_NO_NAME leaves the thread's tag as it is. */
HEAPREEL_LINKAGE heapreel_tag_id heapreel_tag_push(heapreel_tag_id tag) HEAPREEL_NOEXCEPT;
HEAPREEL_LINKAGE void heapreel_tag_pop(heapreel_tag_id before) HEAPREEL_NOEXCEPT;
HEAPREEL_LINKAGE heapreel_tag_id heapreel_current_tag(void) HEAPREEL_NOEXCEPT;

/* What a tag, domain, thread or the whole program may use at most. `name` is
 * - a tag, which includes the tags below it ("Physics" includes "Physics/Solver"),
 * - "domain:NAME",
 * - "thread:NAME", which means all threads that had this name when they first allocated,
 * - "function:PATTERN", "file:PATTERN", "module:PATTERN": blocks with such a frame anywhere in their call stack. Only
 *   `heapreel run` and `heapreel check` judge these, because the running game does not know names:
 *   heapreel_exit_status() is then 4,
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
  /* _p99: what 99 of 100 game frames may have at most. _average: what all of them may have at most on average. */
  uint64_t allocs_per_game_frame_p99 HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t alloc_bytes_per_game_frame_p99 HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t frees_per_game_frame_p99 HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t allocs_per_game_frame_average HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t alloc_bytes_per_game_frame_average HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t frees_per_game_frame_average HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  /* Growth: the fewest live bytes (or blocks) of any 100 game frames, less the fewest of the 100 before these. */
  uint64_t live_bytes_growth_per_100_game_frames HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t live_blocks_growth_per_100_game_frames HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t new_sites HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT); /* call sites that allocate for the first time */
  /* Leaks: what was allocated between the marks `from_mark` and `to_mark`, and still lives `settle_game_frames` after
   * `to_mark`. */
  uint64_t blocks_left HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  uint64_t bytes_left HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
  const char* from_mark HEAPREEL_UNLESS_SET(NULL);
  const char* to_mark HEAPREEL_UNLESS_SET(NULL);
  uint32_t settle_game_frames HEAPREEL_UNLESS_SET(0);
  /* The warm-up is not judged. It ends at the game frame of this number; when `first_mark` is set, this many game
   * frames after the first mark of that name. */
  uint32_t first_game_frame HEAPREEL_UNLESS_SET(0);
  const char* first_mark HEAPREEL_UNLESS_SET(NULL);
  int32_t optional HEAPREEL_UNLESS_SET(0); /* 1: the name may be one that nothing in the program has */
  /* For a domain, but not malloc: the most bytes that may live at once, at any moment of a game frame. */
  uint64_t peak_bytes HEAPREEL_UNLESS_SET(HEAPREEL_NO_LIMIT);
} heapreel_budget;
#define HEAPREEL_NO_LIMIT_3 HEAPREEL_NO_LIMIT, HEAPREEL_NO_LIMIT, HEAPREEL_NO_LIMIT
#define HEAPREEL_BUDGET_INITIALIZER                                                                                    \
  {                                                                                                                    \
    sizeof(heapreel_budget), NULL, HEAPREEL_NO_LIMIT_3, HEAPREEL_NO_LIMIT_3, HEAPREEL_NO_LIMIT_3, HEAPREEL_NO_LIMIT_3, \
        HEAPREEL_NO_LIMIT_3, HEAPREEL_NO_LIMIT, NULL, NULL, 0, 0, NULL, 0, HEAPREEL_NO_LIMIT                           \
  }

/* Declares a budget, which is stored in the recording. Declaring the same name again replaces all its limits. A budget
 * may be declared before tracing is started. It stays in force over stop and start, and in forked children.
 *
 * Returns HEAPREEL_BAD_ARGUMENT
 * - when `budget` is NULL, its name is missing or too long, or its `size` ends before the first limit,
 * - when blocks_left or bytes_left is set without both marks, or a mark without blocks_left or bytes_left,
 * - when new_sites is set for a thread,
 * - when peak_bytes is set for anything but a domain, or for malloc,
 * - when a mark's name is longer than 63 bytes.
 * Returns HEAPREEL_FAILED when there are 1024 names already; the recording says how many were refused. */
HEAPREEL_LINKAGE int heapreel_declare_budget(const heapreel_budget* budget) HEAPREEL_NOEXCEPT;

/* Ends a game frame and begins the next one. Call it once in each step of the main loop. */
HEAPREEL_LINKAGE void heapreel_game_frame(void) HEAPREEL_NOEXCEPT;
/* The same for a program that numbers its game frames: `number` is that of the game frame that ends. heapreel's
 * commands then show and take the program's numbers. A game frame that ends without a number gets the next one. Numbers
 * may begin again at 0, as when a level is loaded: where one number means several game frames, the commands ask
 * which. */
HEAPREEL_LINKAGE void heapreel_game_frame_number(uint32_t number) HEAPREEL_NOEXCEPT;
/* Gives this moment a name, such as "level-loaded". The name is copied. The recording keeps the state at the mark itself:
 * everything that the calling thread did before the call and nothing that it does after it; of other threads what was over
 * before the call, and nothing that begins after it has returned. Costs the caller what the end of a game frame costs. A
 * recording that cannot keep up may keep the sums of a mark alone, and says so. */
HEAPREEL_LINKAGE void heapreel_mark(const char* name) HEAPREEL_NOEXCEPT;

/* Calls visit(block, bytes, context) for every block that the calling thread's heap holds according to the allocator
 * itself, traced or not, until visit returns 0. `bytes` is the block's usable size, not the size that was requested.
 * The thread may not allocate or free meanwhile. Returns 1, or 0 when the allocator cannot list its blocks: only
 * mimalloc can. */
HEAPREEL_LINKAGE int heapreel_walk_heap(int (*visit)(void* block, size_t bytes, void* context),
                                        void* context) HEAPREEL_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
