#include "engine/tracer.h"

#include <new>

#include "engine/consolidator.h"
#include "engine/cut.h"
#include "engine/recorder_entry.h"

namespace heapreel::engine {

namespace {

FutexLock g_control;            // start, stop and clear exclude one another
int32_t g_traceback_limit = 1;  // as tracemalloc: kept over stop(), 1 before the first start

// Sync edges:
//   [tracer.thread]  g_thread_runs: release by whoever starts and by the thread's end -> acquire by whoever waits.
std::atomic<uint32_t> g_thread_runs{0};
std::atomic<uint32_t> g_thread_should_stop{0};

constexpr uint64_t kRoundEveryNs = 400'000;

void consolidate(void*) {
  // relaxed: a flag; one round more does no harm
  while (g_thread_should_stop.load(std::memory_order_relaxed) == 0) {
    g_state->consolidator->run_round();
    platform::sleep_ns(kRoundEveryNs);
  }
  // [tracer.thread] release
  g_thread_runs.store(0, std::memory_order_release);
}

bool set_up(const TracerOptions& options) {
  if (g_state != nullptr) return true;
  const bool shared = options.arena_fd >= 0;
  ArenaHeader* header = Arena::create(options.arena_fd, shared ? platform::file_bytes(options.arena_fd) : 0);
  if (header == nullptr) return false;
  auto* state = Arena::make<TracerState>(options);
  if (state == nullptr) return false;
  if (!state->complete()) return false;
  state->process_id = platform::process_id();
  state->started_wall_ns = platform::wall_clock_ns();
  state->started_monotonic_ns = platform::monotonic_ns();
  state->consolidated_elsewhere = shared;
  state->domains->add("malloc", 1u << BlockMap::kGranuleBits);
  state->scopes->add("", 0);
  ModuleTable::install(state->modules);
  // relaxed: only its age matters
  state->heartbeat_ns.store(state->started_monotonic_ns, std::memory_order_relaxed);
  state->consolidator = Arena::make<Consolidator>(*state);
  if (state->consolidator == nullptr) return false;
  platform::allow_process_fence();
  wipe_switch_on_fork();
  g_state = state;
  // [arena.root] release
  header->root.store(state, std::memory_order_release);
  return true;
}

Generation* make_generation(int32_t limit) {
  static uint32_t number = 0;  // owner: g_control's holder
  Generation* generation = nullptr;
  if (!g_state->spare_generations.try_dequeue(generation)) generation = Arena::make<Generation>();
  if (generation == nullptr) return nullptr;
  generation->number = ++number;
  generation->traceback_limit = static_cast<uint32_t>(limit);
  return generation;
}

// Waits for it, so that the caller finds the new state in force.
bool change_generation(Generation* opens) {
  CutRequest* request = request_generation(*g_state, opens);
  if (request == nullptr) return false;
  // Before threads can be made, and when another process consolidates, nobody may be there yet to fulfil it.
  // [tracer.thread] acquire
  if (g_thread_runs.load(std::memory_order_acquire) != 0) wait_until_fulfilled(*g_state, *request);
  release_request(*g_state, request);
  return true;
}

bool has_tracer() {
  return g_state != nullptr;
}

}  // namespace

bool start(const TracerOptions& options) {
  FutexLockGuard guard(g_control);
  if (tracing()) return true;
  if (!set_up(options)) return false;
  Generation* generation = make_generation(options.traceback_limit);
  if (generation == nullptr) return false;
  g_traceback_limit = options.traceback_limit;
  // [state.ended] release
  g_state->ended.store(EndReason::kNotEnded, std::memory_order_release);
  if (!change_generation(generation)) return false;
  // relaxed: see TracingSwitch
  g_tracing.on.store(1, std::memory_order_relaxed);
  return true;
}

bool start_consolidator() {
  FutexLockGuard guard(g_control);
  if (g_state == nullptr || g_state->consolidated_elsewhere) return g_state != nullptr;
  // [tracer.thread] acquire
  if (g_thread_runs.load(std::memory_order_acquire) != 0) return true;
  // relaxed: set before the thread exists
  g_thread_should_stop.store(0, std::memory_order_relaxed);
  // [tracer.thread] release
  g_thread_runs.store(1, std::memory_order_release);
  if (platform::start_background_thread(consolidate, nullptr)) return true;
  // [tracer.thread] release
  g_thread_runs.store(0, std::memory_order_release);
  return false;
}

void stop() {
  FutexLockGuard guard(g_control);
  if (!tracing()) return;
  // relaxed: see TracingSwitch
  g_tracing.on.store(0, std::memory_order_relaxed);
  change_generation(nullptr);
}

bool is_tracing() {
  return tracing();
}

int32_t traceback_limit() {
  return g_traceback_limit;
}

void clear_traces() {
  FutexLockGuard guard(g_control);
  if (!tracing()) return;
  if (Generation* generation = make_generation(g_traceback_limit); generation != nullptr) change_generation(generation);
}

void reset_peak() {
  if (!tracing()) return;
  if (CutRequest* request = request_cut(*g_state, CutKind::kResetPeak, true); request != nullptr) {
    wait_until_fulfilled(*g_state, *request);
    release_request(*g_state, request);
  }
}

Totals traced_memory() {
  if (!tracing()) return {};
  CutRequest* request = request_cut(*g_state, CutKind::kTotals, true);
  if (request == nullptr) return {};
  const bool fulfilled = wait_until_fulfilled(*g_state, *request);
  const Totals totals = fulfilled ? request->frozen.totals : Totals{};
  release_request(*g_state, request);
  return totals;
}

Totals traced_memory_estimate() {
  if (!tracing()) return {};
  return g_state->estimate.read();
}

size_t tracer_memory() {
  if (!has_tracer()) return 0;
  FutexLockGuard guard(g_control);
  // relaxed: a statistic
  size_t bytes = Arena::header()->accounted.load(std::memory_order_relaxed);
  // [state.generation] acquire
  const Generation* generation = g_state->generation.load(std::memory_order_acquire);
  for (DomainIndex domain = 0; generation != nullptr && domain < g_state->domains->count(); ++domain) {
    const BlockMap* map = generation->map(domain);
    if (map == nullptr) continue;
    map->for_each_region([&](BlockMap::Entry* region) {
      bytes += platform::resident_bytes(reinterpret_cast<std::byte*>(region), BlockMap::kRegionBytes);
    });
  }
  return bytes;
}

SnapshotHandle take_snapshot() {
  if (!tracing()) return {};
  return SnapshotHandle(request_cut(*g_state, CutKind::kSnapshot, true));
}

PeakState peak_snapshot() {
  PeakState peak;
  if (!tracing()) return peak;
  CutRequest* request = request_cut(*g_state, CutKind::kPeak, true);
  if (request == nullptr) return peak;
  if (wait_until_fulfilled(*g_state, *request)) {
    peak.totals = request->frozen.totals;
    peak.highest = SnapshotHandle(request->peak);
  }
  release_request(*g_state, request);
  return peak;
}

void game_frame() {
  if (!tracing()) return;
  // relaxed: the clock may make one more
  g_state->own_game_frames.store(1, std::memory_order_relaxed);
  request_cut(*g_state, CutKind::kGameFrame, false);
}

void mark(const char* name) {
  if (tracing()) request_cut(*g_state, CutKind::kMark, false, name);
}

DomainIndex register_domain(const char* name, size_t alignment) {
  if (!has_tracer()) return UINT32_MAX;
  FutexLockGuard guard(g_control);
  const uint32_t known = g_state->domains->find(name);
  return known != UINT32_MAX ? known : g_state->domains->add(name, static_cast<uint32_t>(alignment));
}

uint32_t register_scope(const char* name) {
  if (!has_tracer()) return UINT32_MAX;
  FutexLockGuard guard(g_control);
  const uint32_t known = g_state->scopes->find(name);
  return known != UINT32_MAX ? known : g_state->scopes->add(name, 0);
}

void module_may_have_unloaded() {
  ModuleTable::bump_generation();
}

void after_fork_in_child() {
  detach_after_fork();
}

TracerState* attach(int fd) {
  if (Arena::header() == nullptr && Arena::attach(fd) == nullptr) return nullptr;
  // [arena.root] acquire
  g_state = static_cast<TracerState*>(Arena::header()->root.load(std::memory_order_acquire));
  return g_state;
}

void shut_down_for_test() {
  if (!has_tracer()) return;
  stop();
  // relaxed: a flag
  g_thread_should_stop.store(1, std::memory_order_relaxed);
  // [tracer.thread] acquire
  while (g_thread_runs.load(std::memory_order_acquire) != 0) platform::sleep_ns(kRoundEveryNs);
  ModuleTable::install(nullptr);
  t_recorder = nullptr;
  g_state = nullptr;
  Arena::destroy();
}

}  // namespace heapreel::engine
