// The fake engine itself. Needs no C++ runtime, so that it can sit in a preload library.
//
// With HEAPREEL_FAKE_REPORT=FILE in the environment it appends one line "allocs A frees F moves M forks K"
// there when the process ends, so that a test can tell that the hooks were at work.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "engine/crosscheck/reference_unwinders.h"
#include "engine/tracer/tracer_functions.h"
#include "tests/hooks/fake_log.h"

namespace heapreel::testing {

constinit FakeLog fake_log = {};
constinit thread_local bool logging_thread = false;

namespace {

struct Counts {
  std::atomic<long> allocs, frees, moves, forks;
};
constinit Counts counts = {};
constinit thread_local uint32_t current_scope = 0;

void log(const Event& event) {
  if (!logging_thread) return;
  if (fake_log.used < FakeLog::kCapacity) fake_log.events[fake_log.used] = event;
  ++fake_log.used;
}

// A walk start that no real stack could have is a broken hook.
void check(const engine::WalkStart& walk) {
  char here;
  if (walk.pc < 4096 || walk.sp % sizeof(void*) != 0 || walk.sp < reinterpret_cast<uintptr_t>(&here)) std::abort();
}

[[gnu::destructor]] void report() {
  const char* const path = std::getenv("HEAPREEL_FAKE_REPORT");
  if (path == nullptr) return;
  const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return;
  dprintf(fd, "allocs %ld frees %ld moves %ld forks %ld\n", counts.allocs.load(), counts.frees.load(),
          counts.moves.load(), counts.forks.load());
  close(fd);
}

}  // namespace
}  // namespace heapreel::testing

namespace heapreel::engine {

using testing::check;
using testing::counts;
using testing::Event;
using testing::fake_log;
using testing::Kind;
using testing::log;

constinit TracingSwitch g_tracing = {};

void record_alloc(DomainIndex domain, const void* p, size_t n, const WalkStart& walk) noexcept {
  check(walk);
  counts.allocs.fetch_add(1, std::memory_order_relaxed);
  log({Kind::kAlloc, domain, p, nullptr, n, walk.pc});
}

void record_free(DomainIndex domain, const void* p) noexcept {
  counts.frees.fetch_add(1, std::memory_order_relaxed);
  log({Kind::kFree, domain, p});
}

void record_move(DomainIndex domain, const void* old_p, const void* new_p, size_t n, const WalkStart& walk) noexcept {
  check(walk);
  counts.moves.fetch_add(1, std::memory_order_relaxed);
  log({Kind::kMove, domain, old_p, new_p, n, walk.pc});
}

ReallocTicket record_realloc_begin(DomainIndex domain, const void* p) noexcept {
  log({Kind::kReallocBegin, domain, p});
  return {7, 11};
}

void record_realloc_end(DomainIndex domain, ReallocTicket ticket, const void* old_p, const void* new_p, size_t n,
                        const WalkStart& walk) noexcept {
  check(walk);
  if (ticket.block != 7 || ticket.generation != 11) std::abort();
  counts.moves.fetch_add(1, std::memory_order_relaxed);
  log({Kind::kReallocEnd, domain, old_p, new_p, n, walk.pc});
}

void record_arena_reset(DomainIndex domain, const void* base, size_t bytes) noexcept {
  log({Kind::kArenaReset, domain, base, nullptr, bytes});
}

void record_domain_reset(DomainIndex domain) noexcept {
  log({Kind::kDomainReset, domain});
}

bool record_heap(DomainIndex domain, DomainIndex outer, const void* p) noexcept {
  log({Kind::kHeap, domain, p, nullptr, outer});
  return outer != domain;
}

ArenaRoom arena_room(bool) noexcept {
  return ArenaRoom::kFull;
}

uint64_t default_memory_budget() noexcept {
  return TracerOptions::kDefaultMemoryBudget;
}

bool start(const TracerOptions& options) noexcept {
  fake_log.start_options = options;
  switch_tracing(true);
  return true;
}

void set_breach_callback(BreachCallback callback) noexcept {
  fake_log.breach_callback = callback;
}

bool start_consolidator() noexcept {
  ++fake_log.consolidator_starts;
  return true;
}

void stop() noexcept {
  switch_tracing(false);
}

int32_t traceback_limit() noexcept {
  return fake_log.start_options.traceback_limit;
}
void clear_traces() noexcept {
  ++fake_log.clearings;
}
void reset_peak() noexcept {
  ++fake_log.peak_resets;
}
Totals traced_memory() noexcept {
  return {.live_bytes = 11, .peak_bytes = 22, .peak_ceiling = 33};
}
Totals traced_memory_estimate() noexcept {
  return {.live_bytes = 1, .peak_bytes = 2, .peak_ceiling = 3};
}
size_t tracer_memory() noexcept {
  return 4096;
}

struct TracerFunctions {};
constinit const TracerFunctions kOwnTracerFunctions = {};
bool use_tracer_functions(const TracerFunctions&) noexcept {
  return true;
}

DomainIndex register_domain(const char* name, size_t) noexcept {
  return static_cast<DomainIndex>(name[0]);
}
uint32_t register_scope(const char* name) noexcept {
  return static_cast<uint32_t>(name[0]);
}
bool declare_budget(const char* name, const BudgetLimits& limits) noexcept {
  ++fake_log.budgets;
  std::strncpy(fake_log.budget_name, name, sizeof fake_log.budget_name - 1);
  fake_log.budget_limits = limits;
  return std::strcmp(name, "One too many") != 0;
}
uint32_t current_scope() noexcept {
  return testing::current_scope;
}
uint32_t set_scope(uint32_t scope) noexcept {
  const uint32_t before = testing::current_scope;
  testing::current_scope = scope;
  return before;
}
void game_frame() noexcept {
  log({Kind::kGameFrame});
}
void numbered_game_frame(uint32_t number) noexcept {
  log({Kind::kGameFrame, 0, nullptr, nullptr, number});
}
void mark(const char* name) noexcept {
  log({Kind::kMark, 0, name});
}
bool runs_on_valgrind() {
  return false;
}

bool sees_malloc() noexcept {
  return true;
}

void miss_malloc(void (*)()) noexcept {}

void count_call_without_name() noexcept {
  ++fake_log.calls_without_name;
}
void module_will_load(const char*) noexcept {}
void note_thread_name(const char*) noexcept {}
void before_fork() noexcept {}
void after_fork_in_parent() noexcept {}
void make_room_under_limits() noexcept {}

bool make_room_for_allocation() noexcept {
  return false;
}
void after_fork_in_child() noexcept {
  counts.forks.fetch_add(1, std::memory_order_relaxed);
}
void announce_exec(const char* program) noexcept {
  std::strncpy(fake_log.announced, program, sizeof fake_log.announced - 1);
  ++fake_log.announcements;
}
void withdraw_exec() noexcept {
  ++fake_log.withdrawals;
}
void use_reference_unwinders(const ReferenceUnwinders&) noexcept {}
void module_may_have_unloaded() noexcept {
  fake_log.unload_notices.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace heapreel::engine
