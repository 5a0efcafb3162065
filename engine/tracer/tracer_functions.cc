#include "engine/tracer/tracer_functions.h"

#include <atomic>

#include "engine/consolidate/tracer_state.h"
#include "engine/cut/cut.h"
#include "engine/memory/futex_lock.h"
#include "engine/record/tracing_switch.h"

namespace heapreel::engine {

namespace {

constinit const TracerFunctions* g_functions = &kOwnTracerFunctions;

constexpr uint64_t kCallbackPatienceNs = 1'000'000'000;
constinit FutexLock g_callback_lock;
constinit BreachCallback g_breach_callback;  // owner: g_callback_lock's holder
constinit std::atomic<OnBreach> g_on_breach{OnBreach::kLog};
// The function of this copy of the engine, whichever copy's functions the process uses.
constinit std::atomic<void (*)()> g_begin{nullptr};
constinit std::atomic<bool> g_has_consolidator{false};
constinit std::atomic<bool> g_has_budgets{false};

// Points this copy of the engine at the other copy's state and arena, because it reads snapshots, and the tables beside
// them, without calling the other copy's functions. Do this each time: a forked child gets another arena.
void look_at_other_tracer() {
  if (g_functions == &kOwnTracerFunctions || g_functions->state() == nullptr) return;
  g_recording = g_functions->state();
  Arena::look_at(g_functions->arena());
}

}  // namespace

bool use_tracer_functions(const TracerFunctions& other) {
  if (other.version != TracerFunctions::kVersion || other.state_bytes != sizeof(TracerState)) return false;
  g_functions = &other;
  return true;
}

bool start(const TracerOptions& options) {
  const bool was_tracing = g_functions->is_tracing();
  const bool done = g_functions->start(options);
  // relaxed: a setting
  if (done && !was_tracing) g_on_breach.store(options.on_breach, std::memory_order_relaxed);
  return done;
}

BreachCallback breach_callback() {
  FutexLockGuard guard(g_callback_lock, kCallbackPatienceNs);
  return guard.held() ? g_breach_callback : BreachCallback{};
}

void set_breach_callback(BreachCallback callback) {
  FutexLockGuard guard(g_callback_lock, kCallbackPatienceNs);
  if (guard.held()) g_breach_callback = callback;
}

bool has_budgets() {
  // relaxed: a flag
  return g_has_budgets.load(std::memory_order_relaxed);
}

OnBreach on_breach() {
  // relaxed: as above
  return g_on_breach.load(std::memory_order_relaxed);
}

bool start_consolidator() {
  if (!g_functions->start_consolidator()) return false;
  // seq_cst, twice: this side writes one word and reads the other, when_consolidating() the other way round, so that at
  // least one of them calls `begin`
  g_has_consolidator.store(true, std::memory_order_seq_cst);
  if (void (*const begin)() = g_begin.load(std::memory_order_seq_cst); begin != nullptr) begin();
  return true;
}

void when_consolidating(void (*begin)()) {
  // seq_cst, twice: see start_consolidator()
  g_begin.store(begin, std::memory_order_seq_cst);
  if (g_has_consolidator.load(std::memory_order_seq_cst)) begin();
}

void stop() {
  g_functions->stop();
}

bool is_tracing() {
  return g_functions->is_tracing();
}

bool sees_malloc() {
  return g_functions->sees_malloc();
}

void miss_malloc(void (*say)()) {
  g_functions->miss_malloc(say);
}

bool keeps_traces() {
  return g_functions->keeps_traces();
}

int32_t traceback_limit() {
  return g_functions->traceback_limit();
}

void clear_traces() {
  g_functions->clear_traces();
}

void reset_peak() {
  g_functions->reset_peak();
}

Totals traced_memory() {
  return g_functions->traced_memory();
}

Totals traced_memory_estimate() {
  return g_functions->traced_memory_estimate();
}

size_t tracer_memory() {
  return g_functions->tracer_memory();
}

[[gnu::hot]] SnapshotHandle take_snapshot() {
  // This copy's tracer keeps traces only when the process uses this copy's functions.
  if (keeps_own_traces()) [[likely]]
    return SnapshotHandle(request_cut(*tracer_state(), CutKind::kSnapshot, true));
  CutRequest* request = g_functions->take_snapshot();
  if (request != nullptr) look_at_other_tracer();
  return SnapshotHandle(request);
}

bool memory_is_spent() {
  // The flag is looked at last, because start() takes it back before there are traces again.
  // relaxed: a flag
  return keeps_traces() && g_functions->arena()->exhausted.load(std::memory_order_relaxed) != 0;
}

PeakState peak_snapshot() {
  PeakState peak;
  CutRequest* highest = g_functions->peak_snapshot(peak.totals);
  if (highest != nullptr) look_at_other_tracer();
  peak.highest = SnapshotHandle(highest);
  return peak;
}

void game_frame() {
  g_functions->game_frame();
}

void numbered_game_frame(uint32_t number) {
  g_functions->numbered_game_frame(number);
}

void mark(const char* name) {
  g_functions->mark(name);
}

DomainIndex register_domain(const char* name, size_t alignment) {
  return g_functions->register_domain(name, alignment);
}

uint32_t register_scope(const char* name) {
  return g_functions->register_scope(name);
}

bool is_within_reach(const void* place) {
  if (place == nullptr || g_functions->state() == nullptr) return false;
  const ArenaHeader* arena = g_functions->arena();
  return reinterpret_cast<uintptr_t>(place) - arena->base < arena->bytes;
}

bool declare_budget(const char* name, const BudgetLimits& limits) {
  // relaxed: a flag
  g_has_budgets.store(true, std::memory_order_relaxed);
  return g_functions->declare_budget(name, limits);
}

UntracedScope::UntracedScope() : began_(g_functions->begin_untraced_scope()) {}

UntracedScope::~UntracedScope() {
  if (began_) g_functions->end_untraced_scope();
}

}  // namespace heapreel::engine
