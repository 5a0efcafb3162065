#include "engine/tracer_door.h"

#include "engine/cut.h"
#include "engine/ring/tracing_switch.h"

namespace heapreel::engine {

namespace {

constinit const TracerDoor* g_door = &kOwnDoor;

// What this copy reads by itself: snapshots, and the tables beside them. Looked at anew each time, as a forked child
// gets another arena.
void look_through_door() {
  if (g_door == &kOwnDoor || g_door->state() == nullptr) return;
  g_state = g_door->state();
  Arena::look_at(g_door->arena());
}

}  // namespace

bool use_door(const TracerDoor& other) {
  if (other.version != TracerDoor::kVersion || other.state_bytes != sizeof(TracerState)) return false;
  g_door = &other;
  return true;
}

bool start(const TracerOptions& options) {
  return g_door->start(options);
}

bool start_consolidator() {
  return g_door->start_consolidator();
}

void stop() {
  g_door->stop();
}

bool is_tracing() {
  return g_door->is_tracing();
}

bool keeps_traces() {
  return g_door->keeps_traces();
}

int32_t traceback_limit() {
  return g_door->traceback_limit();
}

void clear_traces() {
  g_door->clear_traces();
}

void reset_peak() {
  g_door->reset_peak();
}

Totals traced_memory() {
  return g_door->traced_memory();
}

Totals traced_memory_estimate() {
  return g_door->traced_memory_estimate();
}

size_t tracer_memory() {
  return g_door->tracer_memory();
}

[[gnu::hot]] SnapshotHandle take_snapshot() {
  // Only behind its own door does this copy's tracer keep any.
  if (keeps_own_traces()) [[likely]]
    return SnapshotHandle(request_cut(*g_state, CutKind::kSnapshot, true));
  CutRequest* request = g_door->take_snapshot();
  if (request != nullptr) look_through_door();
  return SnapshotHandle(request);
}

bool memory_is_spent() {
  // Looked at last: start() forgets what was spent before there are traces again.
  // relaxed: a flag
  return keeps_traces() && g_door->arena()->exhausted.load(std::memory_order_relaxed) != 0;
}

PeakState peak_snapshot() {
  PeakState peak;
  CutRequest* highest = g_door->peak_snapshot(peak.totals);
  if (highest != nullptr) look_through_door();
  peak.highest = SnapshotHandle(highest);
  return peak;
}

void game_frame() {
  g_door->game_frame();
}

void mark(const char* name) {
  g_door->mark(name);
}

DomainIndex register_domain(const char* name, size_t alignment) {
  return g_door->register_domain(name, alignment);
}

uint32_t register_scope(const char* name) {
  return g_door->register_scope(name);
}

bool is_within_reach(const void* place) {
  if (place == nullptr || g_door->state() == nullptr) return false;
  const ArenaHeader* arena = g_door->arena();
  return reinterpret_cast<uintptr_t>(place) - arena->base < arena->bytes;
}

bool declare_budget(const char* name, const BudgetLimits& limits) {
  return g_door->declare_budget(name, limits);
}

OwnWork::OwnWork() : began_(g_door->begin_own_work()) {}

OwnWork::~OwnWork() {
  if (began_) g_door->end_own_work();
}

}  // namespace heapreel::engine
