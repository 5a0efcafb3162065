/* heapreel in the source of a game or an engine: macros, for C99 and C++17 and later.
 *
 *     HEAPREEL_DOMAIN(g_arena, "FrameArena");                      // at file or block scope
 *
 *     void* arena_alloc(size_t n) { void* p = bump(n); HEAPREEL_ALLOC(g_arena, p, n); return p; }
 *     void arena_reset(void)      { HEAPREEL_ARENA_RESET(g_arena, base, bytes); top = base; }
 *
 *     HEAPREEL_HEAP(g_arena, base);                                // malloc's block at base is the arena's memory: it counts
 *                                                                  // once, as what lies in it (hooks/DOMAINS.md)
 *     void step(void) {
 *       HEAPREEL_TAG("Physics/Solver");                            // to the end of this scope, on this thread
 *       HEAPREEL_TAG_ID tag = HEAPREEL_TAG_CAPTURE();              // and, carried to another thread, there:
 *       ...                                                        //   HEAPREEL_TAG_RESTORE(tag);
 *     }
 *     HEAPREEL_TAG_DYNAMIC(level.name());                          // a name that is made at run time. Finding it takes
 *                                                                  // a lock; a program may have 65,536 names in all
 *     while (running()) { update(); draw(); HEAPREEL_GAME_FRAME(); }
 *     HEAPREEL_GAME_FRAME_NUMBER(engine.frame());                  // the same, with its number in the engine
 *     HEAPREEL_MARK("level-loaded");
 *
 *     HEAPREEL_BUDGET("Physics", .allocs_per_game_frame = 0);      // limits, in the order of heapreel_budget
 *     HEAPREEL_BUDGET("Textures", .live_bytes = 512_MiB);          // 512_MiB: using namespace heapreel::literals
 *
 * HEAPREEL_BUDGET stands at namespace scope, where it takes effect before main(), or in a function, where it takes
 * effect when the function is first called. In C it stands in a function only. heapreel_declare_budget says what a
 * budget means, and what a second one of the same name does.
 *
 * A tag belongs to the thread that entered the scope, and holds until the end of the scope. Code inside the scope must
 * not be suspended, as by co_await, co_yield or a switch of fibers. Otherwise the tag would also count what the thread
 * runs meanwhile, and the scope's end, perhaps on another thread, would restore a tag that is not that thread's. Close
 * the scope before you suspend, and open a new one afterwards:
 *
 *     Task Level::stream() {
 *       HEAPREEL_TAG_ID tag;
 *       { HEAPREEL_TAG("Streaming"); tag = HEAPREEL_TAG_CAPTURE(); open_files(); }
 *       co_await next_chunk();
 *       { HEAPREEL_TAG_RESTORE(tag); unpack(); }
 *     }
 *
 * A scheduler of fibers can do that for all its fibers: it captures the tag of the fiber that it leaves, and restores
 * the tag of the one that it enters, in a scope around the switch. hooks/TAGS.md shows this for ucontext,
 * boost.context, coroutines and thread pools.
 *
 * When an allocator of the engine has a realloc of its own, two macros stand around it:
 *
 *     HEAPREEL_REALLOC_BEGIN(ticket, g_pool, p);
 *     void* q = resize(p, n);
 *     HEAPREEL_REALLOC_END(ticket, g_pool, p, q, n);
 *
 * Define HEAPREEL_ENABLE to use the macros. Without it every macro leaves no code and no data; the compiler checks its
 * arguments, and the program does not evaluate them. With HEAPREEL_ENABLE and HEAPREEL_WEAK nothing needs to be linked,
 * and the reports reach heapreel when it is preloaded.
 */
#ifndef HEAPREEL_ENGINE_H
#define HEAPREEL_ENGINE_H

#if defined(HEAPREEL_ENABLE) && defined(HEAPREEL_WEAK)
#include <heapreel/heapreel_weak.h>
#define HEAPREEL_REACHABLE heapreel_present()
#else
#include <heapreel/heapreel_c.h>
#define HEAPREEL_REACHABLE 1
#endif

#define HEAPREEL_TAG_ID heapreel_tag_id
#define HEAPREEL_JOIN_(a, b) a##b
#define HEAPREEL_JOIN(a, b) HEAPREEL_JOIN_(a, b)
/* Every use gets a number of its own, because an engine's own macros may put several uses in one line. */
#define HEAPREEL_NUMBER __COUNTER__
#define HEAPREEL_UNUSED __attribute__((unused))

/* An empty name, or one that is too long, does not compile. */
#define HEAPREEL_BUDGET_SIZE(name) \
  (sizeof(heapreel_budget) + 0 * sizeof(char[sizeof(name) > 1 && sizeof(name) <= HEAPREEL_BUDGET_NAME_BYTES ? 1 : -1]))
/* Around a budget's limits: no warning when a designated initializer overrides a default, or stands in C++17. */
#ifdef __clang__
#define HEAPREEL_LIMITS_BEGIN                                                                      \
  _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Winitializer-overrides\"") \
      _Pragma("clang diagnostic ignored \"-Wpedantic\"")
#define HEAPREEL_LIMITS_END _Pragma("clang diagnostic pop")
#else
#define HEAPREEL_LIMITS_BEGIN \
  _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wpedantic\"") HEAPREEL_LIMITS_MORE
#ifdef __cplusplus
#define HEAPREEL_LIMITS_MORE _Pragma("GCC diagnostic ignored \"-Wc++20-extensions\"")
#else
#define HEAPREEL_LIMITS_MORE _Pragma("GCC diagnostic ignored \"-Woverride-init\"")
#endif
#define HEAPREEL_LIMITS_END _Pragma("GCC diagnostic pop")
#endif

/* The state behind HEAPREEL_DOMAIN and HEAPREEL_TAG. The name is registered when it is first used. */
typedef struct heapreel_name {
  const char* name;
  uint32_t id_plus_1; /* 0: not registered yet; threads that race to register get the same id */
} heapreel_name;

#ifdef HEAPREEL_ENABLE

static inline heapreel_domain_id heapreel_domain_of(heapreel_name* domain) {
  uint32_t known = __atomic_load_n(&domain->id_plus_1, __ATOMIC_RELAXED);
  if (known == 0) {
    known = heapreel_register_domain(domain->name, 16) + 1;
    __atomic_store_n(&domain->id_plus_1, known, __ATOMIC_RELAXED);
  }
  return known - 1;
}

static inline heapreel_tag_id heapreel_tag_of(heapreel_name* tag) {
  uint32_t known = __atomic_load_n(&tag->id_plus_1, __ATOMIC_RELAXED);
  if (known == 0) {
    known = heapreel_register_tag(tag->name) + 1;
    __atomic_store_n(&tag->id_plus_1, known, __ATOMIC_RELAXED);
  }
  return known - 1;
}

/* The scope of a tag is a variable that holds the thread's earlier tag, to restore it at the scope's end. */
static inline heapreel_tag_id heapreel_enter_tag_id(heapreel_tag_id tag) {
  return HEAPREEL_REACHABLE ? heapreel_tag_push(tag) : 0;
}
static inline heapreel_tag_id heapreel_enter_tag(heapreel_name* tag) {
  return HEAPREEL_REACHABLE ? heapreel_enter_tag_id(heapreel_tag_of(tag)) : 0;
}
static inline heapreel_tag_id heapreel_enter_tag_named(const char* name) {
  return HEAPREEL_REACHABLE ? heapreel_enter_tag_id(heapreel_register_tag(name)) : 0;
}
static inline void heapreel_leave_tag(const heapreel_tag_id* before) {
  if (HEAPREEL_REACHABLE) heapreel_tag_pop(*before);
}
/* The same address, hidden from the compiler: g++ warns where a pointer is used after it was given to realloc(). */
static inline const void* heapreel_only_address(const void* p) {
  __asm__("" : "+r"(p));
  return p;
}
static inline heapreel_realloc_ticket heapreel_begin_realloc(heapreel_name* domain, const void* p) {
  heapreel_realloc_ticket none = {0, 0};
  return HEAPREEL_REACHABLE ? heapreel_realloc_begin(heapreel_domain_of(domain), p) : none;
}

static inline int heapreel_declare_budget_once(int* was_declared, const heapreel_budget* budget) {
  return __atomic_exchange_n(was_declared, 1, __ATOMIC_RELAXED) ? HEAPREEL_OK : heapreel_declare_budget(budget);
}

#define HEAPREEL_DOMAIN(variable, name) static heapreel_name variable __attribute__((unused)) = {"" name, 0}
#define HEAPREEL_ALLOC(domain, p, n) \
  ((void)(HEAPREEL_REACHABLE && (heapreel_alloc(heapreel_domain_of(&(domain)), (p), (n)), 0)))
#define HEAPREEL_FREE(domain, p) ((void)(HEAPREEL_REACHABLE && (heapreel_free(heapreel_domain_of(&(domain)), (p)), 0)))
#define HEAPREEL_REALLOC_BEGIN(ticket, domain, p)                    \
  const void* const ticket##_old_address = heapreel_only_address(p); \
  heapreel_realloc_ticket ticket = heapreel_begin_realloc(&(domain), ticket##_old_address)
#define HEAPREEL_REALLOC_END(ticket, domain, old_p, new_p, n) \
  ((void)sizeof(ticket##_old_address == (old_p)),             \
   (void)(HEAPREEL_REACHABLE &&                               \
          (heapreel_realloc_end(heapreel_domain_of(&(domain)), (ticket), ticket##_old_address, (new_p), (n)), 0)))
#define HEAPREEL_ARENA_RESET(domain, base, bytes) \
  ((void)(HEAPREEL_REACHABLE && (heapreel_arena_reset(heapreel_domain_of(&(domain)), (base), (bytes)), 0)))
/* The block at p, of malloc or of the domain `of`, is memory that the domain hands out in pieces. */
#define HEAPREEL_HEAP(domain, p) \
  ((void)(HEAPREEL_REACHABLE && (heapreel_heap(heapreel_domain_of(&(domain)), 0, (p)), 0)))
#define HEAPREEL_HEAP_OF(domain, of, p) \
  ((void)(HEAPREEL_REACHABLE && (heapreel_heap(heapreel_domain_of(&(domain)), heapreel_domain_of(&(of)), (p)), 0)))
#define HEAPREEL_DOMAIN_RESET(domain) \
  ((void)(HEAPREEL_REACHABLE && (heapreel_domain_reset(heapreel_domain_of(&(domain))), 0)))
#define HEAPREEL_DOMAIN_DESTROY(domain) \
  ((void)(HEAPREEL_REACHABLE && (heapreel_domain_destroy(heapreel_domain_of(&(domain))), 0)))
#define HEAPREEL_TAG_SCOPE __attribute__((unused, cleanup(heapreel_leave_tag)))
#define HEAPREEL_TAG(name) HEAPREEL_NUMBERED_TAG(name, HEAPREEL_NUMBER)
#define HEAPREEL_NUMBERED_TAG(name, number)                                         \
  static heapreel_name HEAPREEL_JOIN(heapreel_tag_, number) = {"" name, 0};         \
  const heapreel_tag_id HEAPREEL_JOIN(heapreel_scope_, number) HEAPREEL_TAG_SCOPE = \
      heapreel_enter_tag(&HEAPREEL_JOIN(heapreel_tag_, number))
#define HEAPREEL_TAG_DYNAMIC(name) HEAPREEL_NUMBERED_TAG_DYNAMIC(name, HEAPREEL_NUMBER)
#define HEAPREEL_NUMBERED_TAG_DYNAMIC(name, number) \
  const heapreel_tag_id HEAPREEL_JOIN(heapreel_scope_, number) HEAPREEL_TAG_SCOPE = heapreel_enter_tag_named(name)
#define HEAPREEL_TAG_CAPTURE() (HEAPREEL_REACHABLE ? heapreel_current_tag() : 0u)
#define HEAPREEL_TAG_RESTORE(tag) HEAPREEL_NUMBERED_TAG_RESTORE(tag, HEAPREEL_NUMBER)
#define HEAPREEL_NUMBERED_TAG_RESTORE(tag, number) \
  const heapreel_tag_id HEAPREEL_JOIN(heapreel_scope_, number) HEAPREEL_TAG_SCOPE = heapreel_enter_tag_id(tag)
#define HEAPREEL_BUDGET(budget_name, ...) HEAPREEL_NUMBERED_BUDGET(HEAPREEL_NUMBER, budget_name, __VA_ARGS__)
#ifdef __cplusplus
#define HEAPREEL_NUMBERED_BUDGET(number, budget_name, ...)                                         \
  HEAPREEL_LIMITS_BEGIN static const heapreel_budget HEAPREEL_JOIN(heapreel_budget_, number) = {   \
      .size = HEAPREEL_BUDGET_SIZE("" budget_name), .name = "" budget_name, __VA_ARGS__};          \
  HEAPREEL_LIMITS_END static const int HEAPREEL_JOIN(heapreel_declared_, number) HEAPREEL_UNUSED = \
      HEAPREEL_REACHABLE ? heapreel_declare_budget(&HEAPREEL_JOIN(heapreel_budget_, number)) : HEAPREEL_FAILED
#else
#define HEAPREEL_NUMBERED_BUDGET(number, budget_name, ...)                                              \
  static int HEAPREEL_JOIN(heapreel_was_declared_, number);                                             \
  HEAPREEL_LIMITS_BEGIN const heapreel_budget HEAPREEL_JOIN(heapreel_budget_, number) = {               \
      .size = HEAPREEL_BUDGET_SIZE("" budget_name),                                                     \
      .name = "" budget_name,                                                                           \
      .allocs_per_game_frame = HEAPREEL_NO_LIMIT,                                                       \
      .alloc_bytes_per_game_frame = HEAPREEL_NO_LIMIT,                                                  \
      .live_bytes = HEAPREEL_NO_LIMIT,                                                                  \
      .frees_per_game_frame = HEAPREEL_NO_LIMIT,                                                        \
      .live_blocks = HEAPREEL_NO_LIMIT,                                                                 \
      .allocs_per_game_frame_p99 = HEAPREEL_NO_LIMIT,                                                   \
      .alloc_bytes_per_game_frame_p99 = HEAPREEL_NO_LIMIT,                                              \
      .frees_per_game_frame_p99 = HEAPREEL_NO_LIMIT,                                                    \
      .allocs_per_game_frame_average = HEAPREEL_NO_LIMIT,                                               \
      .alloc_bytes_per_game_frame_average = HEAPREEL_NO_LIMIT,                                          \
      .frees_per_game_frame_average = HEAPREEL_NO_LIMIT,                                                \
      .live_bytes_growth_per_100_game_frames = HEAPREEL_NO_LIMIT,                                       \
      .live_blocks_growth_per_100_game_frames = HEAPREEL_NO_LIMIT,                                      \
      .new_sites = HEAPREEL_NO_LIMIT,                                                                   \
      .blocks_left = HEAPREEL_NO_LIMIT,                                                                 \
      .bytes_left = HEAPREEL_NO_LIMIT,                                                                  \
      .peak_bytes = HEAPREEL_NO_LIMIT,                                                                  \
      __VA_ARGS__};                                                                                     \
  HEAPREEL_LIMITS_END const int HEAPREEL_JOIN(heapreel_declared_, number) HEAPREEL_UNUSED =             \
      HEAPREEL_REACHABLE ? heapreel_declare_budget_once(&HEAPREEL_JOIN(heapreel_was_declared_, number), \
                                                        &HEAPREEL_JOIN(heapreel_budget_, number))       \
                         : HEAPREEL_FAILED
#endif
#define HEAPREEL_GAME_FRAME() ((void)(HEAPREEL_REACHABLE && (heapreel_game_frame(), 0)))
#define HEAPREEL_GAME_FRAME_NUMBER(n) ((void)(HEAPREEL_REACHABLE && (heapreel_game_frame_number(n), 0)))
#define HEAPREEL_MARK(name) ((void)(HEAPREEL_REACHABLE && (heapreel_mark(name), 0)))

/* The macros when heapreel is not enabled. The compiler checks their arguments, because each is inside a sizeof of a
 * call. The functions that seem to be called are declared and never defined. */
#else

#ifdef __cplusplus
extern "C" {
#endif
char heapreel_checks_alloc(const heapreel_name*, const void*, size_t);
char heapreel_checks_free(const heapreel_name*, const void*);
char heapreel_checks_realloc(const heapreel_name*, const void*, const void*, size_t);
char heapreel_checks_name(const char*);
char heapreel_checks_number(uint32_t);
#ifdef __cplusplus
}
#endif

#define HEAPREEL_DOMAIN(variable, name) extern const heapreel_name variable __attribute__((unused))
#define HEAPREEL_ALLOC(domain, p, n) ((void)sizeof(heapreel_checks_alloc(&(domain), (p), (n))))
#define HEAPREEL_FREE(domain, p) ((void)sizeof(heapreel_checks_free(&(domain), (p))))
#define HEAPREEL_REALLOC_BEGIN(ticket, domain, p) ((void)sizeof(heapreel_checks_free(&(domain), (p))))
#define HEAPREEL_REALLOC_END(ticket, domain, old_p, new_p, n) \
  ((void)sizeof(heapreel_checks_realloc(&(domain), (old_p), (new_p), (n))))
#define HEAPREEL_ARENA_RESET(domain, base, bytes) ((void)sizeof(heapreel_checks_alloc(&(domain), (base), (bytes))))
#define HEAPREEL_HEAP(domain, p) ((void)sizeof(heapreel_checks_free(&(domain), (p))))
#define HEAPREEL_HEAP_OF(domain, of, p) \
  ((void)sizeof(heapreel_checks_free(&(domain), (p))), (void)sizeof(heapreel_checks_free(&(of), (p))))
#define HEAPREEL_DOMAIN_RESET(domain) ((void)sizeof(heapreel_checks_free(&(domain), HEAPREEL_NULL)))
#define HEAPREEL_DOMAIN_DESTROY(domain) ((void)sizeof(heapreel_checks_free(&(domain), HEAPREEL_NULL)))
#define HEAPREEL_TAG(name) ((void)sizeof(heapreel_checks_name("" name)))
#define HEAPREEL_TAG_DYNAMIC(name) ((void)sizeof(heapreel_checks_name(name)))
#define HEAPREEL_TAG_CAPTURE() HEAPREEL_NO_TAG
/* This one does evaluate its argument: otherwise compilers warn of a lambda that captures `tag` and does not use it. */
#define HEAPREEL_TAG_RESTORE(tag) ((void)(tag))
#ifdef __cplusplus
#define HEAPREEL_NULL nullptr
#define HEAPREEL_NO_TAG (heapreel_tag_id{})
#define HEAPREEL_BUDGET_OF(...) (heapreel_budget{__VA_ARGS__})
#else
#define HEAPREEL_NULL ((const void*)0)
#define HEAPREEL_NO_TAG ((heapreel_tag_id)0)
#define HEAPREEL_BUDGET_OF(...) ((heapreel_budget){__VA_ARGS__})
#endif
#define HEAPREEL_BUDGET(budget_name, ...) HEAPREEL_NUMBERED_BUDGET(HEAPREEL_NUMBER, budget_name, __VA_ARGS__)
#define HEAPREEL_NUMBERED_BUDGET(number, budget_name, ...)                                                     \
  HEAPREEL_LIMITS_BEGIN extern const char HEAPREEL_JOIN(                                                       \
      heapreel_checks_budget_, number)[sizeof HEAPREEL_BUDGET_OF(.size = HEAPREEL_BUDGET_SIZE("" budget_name), \
                                                                 .name = "" budget_name, __VA_ARGS__) /        \
                                       sizeof(heapreel_budget)] HEAPREEL_UNUSED;                               \
  HEAPREEL_LIMITS_END struct HEAPREEL_JOIN(heapreel_checked_, number) /* takes the semicolon */
#define HEAPREEL_GAME_FRAME() ((void)0)
#define HEAPREEL_GAME_FRAME_NUMBER(n) ((void)sizeof(heapreel_checks_number(n)))
#define HEAPREEL_MARK(name) ((void)sizeof(heapreel_checks_name(name)))

#endif

#ifdef __cplusplus
/* 512_MiB and its kin: bytes, for the limits of budgets. */
namespace heapreel {
inline namespace literals {
constexpr uint64_t operator""_KiB(unsigned long long number) {
  return number << 10;
}
constexpr uint64_t operator""_MiB(unsigned long long number) {
  return number << 20;
}
constexpr uint64_t operator""_GiB(unsigned long long number) {
  return number << 30;
}
}  // namespace literals
}  // namespace heapreel
#endif

#endif
