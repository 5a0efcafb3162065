#include "engine/tracer/tracer_functions.h"

#include "engine/consolidate/tracer_state.h"
#include "engine/cut/cut.h"
#include "engine/record/tracing_switch.h"

namespace heapreel::engine {

namespace {

constinit const TracerFunctions* g_functions = &kOwnTracerFunctions;

// What this copy reads by itself: snapshots, and the tables beside them. Looked at anew each time, as a forked child
// gets another arena.
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
  return g_functions->start(options);
}

bool start_consolidator() {
  return g_functions->start_consolidator();
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
  // Only behind its own door does this copy's tracer keep any.
  if (keeps_own_traces()) [[likely]]
    return SnapshotHandle(request_cut(*tracer_state(), CutKind::kSnapshot, true));
  CutRequest* request = g_functions->take_snapshot();
  if (request != nullptr) look_at_other_tracer();
  return SnapshotHandle(request);
}

bool memory_is_spent() {
  // Looked at last: start() forgets what was spent before there are traces again.
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
  return g_functions->declare_budget(name, limits);
}

UntracedScope::UntracedScope() : began_(g_functions->begin_untraced_scope()) {}

UntracedScope::~UntracedScope() {
  if (began_) g_functions->end_untraced_scope();
}

}  // namespace heapreel::engine
