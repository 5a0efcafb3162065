#include "engine/tracer/tracer.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "engine/consolidate/consolidator.h"
#include "engine/cut/cut.h"
#include "engine/memory/memory_limits.h"
#include "engine/memory/sanitized_program.h"
#include "engine/record/block_maps.h"
#include "engine/record/recorder_entry.h"
#include "engine/record/recording_end.h"
#include "engine/tracer/attachment.h"
#include "engine/tracer/game_frame_end.h"
#include "engine/tracer/tracer_functions.h"

namespace heapreel::engine {

// The functions of this copy of the engine, whichever copy's functions the process uses.
namespace own {
namespace {

FutexLock g_control;            // start, stop and clear exclude one another, and wait for the consolidator meanwhile
FutexLock g_names_lock;         // may be taken while g_control is held, but not the other way round
RegisteredNames g_names;        // owner: g_names_lock's holder
int32_t g_traceback_limit = 1;  // as tracemalloc: kept over stop(), 1 before the first start

// Sync edges:
//   [tracer.thread]  g_thread_runs: release by whoever starts and by the thread's end -> acquire by whoever waits.
std::atomic<uint32_t> g_thread_runs{0};
std::atomic<uint32_t> g_thread_should_stop{0};

// Set before the program runs.
bool g_misses_malloc = false;
void (*g_say_malloc_is_missed)() = nullptr;

constexpr uint64_t kRoundEveryNs = 250'000;
constexpr uint64_t kIdleRoundEveryNs = 500'000;
constexpr size_t kLeastSpace = size_t{64} << 20;  // addresses that tracing needs: a map and some regions

// A holder of g_control takes a cut and waits for it; one of the other lock copies names.
constexpr uint64_t kControlPatienceNs = kCutPatienceNs + kNoSignOfLifeNs + 4'000'000'000;
constexpr uint64_t kNamesPatienceNs = 1'000'000'000;

// Not in a forked child, where tracer_state() is the parent's, out of reach.
bool has_tracer() {
  // relaxed: see TracingSwitch
  return g_tracing.has_arena.load(std::memory_order_relaxed) != 0;
}

// No hook sees that a bare clone() or _Fork() makes a child. Such a child finds out here, at its next control
// operation. A thread that held a lock in the parent does not exist in it.
void notice_fork() {
  if (tracer_state() != nullptr && !has_tracer()) after_fork_in_child();
}

void* consolidate(void*) {
  platform::name_this_thread("heapreel");
  platform::sleep_punctually();
  RoundPause pace(kRoundEveryNs, kIdleRoundEveryNs);
  // relaxed: a flag; one round more does no harm
  while (g_thread_should_stop.load(std::memory_order_relaxed) == 0) {
    tracer_state()->consolidator->run_round_and_pause(pace);
  }
  // [tracer.thread] release
  g_thread_runs.store(0, std::memory_order_release);
  return nullptr;
}

void lend_round() {
  tracer_state()->consolidator->lend_round();
}

TracerOptions with_memory_budget(TracerOptions options) {
  if (options.memory_budget != 0) return options;
  options.memory_budget = default_memory_budget();
  options.ring_budget = std::min(options.ring_budget, options.memory_budget / 4);
  return options;
}

bool set_up(const TracerOptions& options) {
  if (has_tracer()) return true;
  if (program_is_sanitized()) return false;
  const bool shared = options.arena_fd >= 0;
  ArenaHeader* header = Arena::create(options.arena_fd, shared ? platform::file_bytes(options.arena_fd) : 0);
  if (header == nullptr) return false;
  auto* state = Arena::make<TracerState>(with_memory_budget(options));
  if (state == nullptr) return false;
  if (!state->is_sound()) return false;
  state->process_id = platform::process_id();
  state->started_wall_ns = platform::wall_clock_ns();
  state->started_monotonic_ns = platform::monotonic_ns();
  state->consolidated_elsewhere = shared;
  // relaxed: the state is not published yet
  state->misses_malloc.store(g_misses_malloc, std::memory_order_relaxed);
  g_lend_round = shared ? nullptr : lend_round;
  state->modules->note_program();
  state->modules->note_directory();
  ModuleTable::install(state->modules);
  // relaxed: only its age matters
  state->heartbeat_ns.store(state->started_monotonic_ns, std::memory_order_relaxed);
  if (!shared && !begin_consolidating(*state)) return false;
  platform::allow_process_fence();
  wipe_switch_on_fork();
  FutexLockGuard names(g_names_lock, kNamesPatienceNs);
  if (!names.held()) return false;
  g_names.copy_to(*state->domains, *state->scopes, *state->budgets);
  platform::forbid_writing(state, kConstantsBytes);
  g_recording = state;
  // relaxed: see TracingSwitch
  g_tracing.has_arena.store(1, std::memory_order_relaxed);
  // [arena.root] release
  header->root.store(state, std::memory_order_release);
  return true;
}

Generation* make_generation(int32_t limit) {
  static uint32_t number = 0;  // owner: g_control's holder
  Generation* generation = nullptr;
  if (!tracer_state()->spare_generations->take(generation)) generation = Arena::make<Generation>();
  if (generation == nullptr || make_map(generation, 0) == nullptr || !make_dense_map(generation)) return nullptr;
  generation->number = ++number;
  generation->traceback_limit = static_cast<uint32_t>(limit);
  return generation;
}

// Waits for the change, so that the caller finds the new state. False when memory is used up.
bool change_generation(Generation* opens) {
  CutRequest* request = request_generation(*tracer_state(), opens);
  if (request == nullptr) return false;
  // Before threads can be made, and when another process consolidates, there may be nobody yet to fulfil it.
  // [tracer.thread] acquire
  if (g_thread_runs.load(std::memory_order_acquire) != 0) wait_until_fulfilled(*tracer_state(), *request);
  // [request.fulfil] acquire
  const bool failed = request->state.load(std::memory_order_acquire) == CutRequest::kFailed;
  release_request(*tracer_state(), request);
  return !failed;
}

// False in a vfork child, whose memory is its parent's, and in a forked child, whose tracer cannot be reached.
bool is_own_tracer() {
  return has_tracer() && tracer_state()->process_id == platform::process_id();
}

// With g_control held.
void end_generation() {
  switch_tracing(false);
  // relaxed: see TracingSwitch
  g_tracing.keeps_traces.store(0, std::memory_order_relaxed);
  change_generation(nullptr);
}

template <class T>
size_t resident(const T* object) {
  return platform::resident_bytes(reinterpret_cast<std::byte*>(const_cast<T*>(object)), sizeof(T));
}

// Null when there is none, and when the program's memory is damaged: then nothing in it is followed.
const Generation* newest_generation() {
  // [state.generation] acquire
  const Generation* generation = tracer_state()->generation.load(std::memory_order_acquire);
  return Arena::holds(generation) ? generation : nullptr;
}

// Call the next two functions with g_control held, because they count pages one after the other.
size_t block_map_bytes() {
  size_t bytes = 0;
  const Generation* generation = newest_generation();
  for (DomainIndex domain = 0; generation != nullptr && domain < tracer_state()->domains->count(); ++domain) {
    const BlockMap* map = generation->map(domain);
    if (!Arena::holds(map)) continue;
    map->for_each_region([&](BlockMap::Entry* region, uintptr_t) {
      bytes += platform::resident_bytes(reinterpret_cast<std::byte*>(region), BlockMap::kRegionBytes);
    });
  }
  return bytes;
}

size_t name_bytes() {
  const TracerState& state = *tracer_state();
  return resident(state.domains) + resident(state.scopes) + resident(state.budgets) + resident(state.threads) +
         resident(state.modules);
}

}  // namespace

bool start(const TracerOptions& options) {
  if (!options.are_valid()) return false;
  notice_fork();
  FutexLockGuard guard(g_control, kControlPatienceNs);
  if (!guard.held()) return false;
  if (tracing()) return true;
  if (!set_up(options)) return false;
  // Closed before `ended` is taken back, because otherwise a hook that slept since then would find it open.
  if (keeps_traces()) end_generation();
  // relaxed: what was spent may have come back
  Arena::header()->exhausted.store(0, std::memory_order_relaxed);
  // Otherwise tracing would end at once.
  if (Arena::left() < tracer_state()->arena_reserve() + kLeastSpace) return false;
  Generation* generation = make_generation(options.traceback_limit);
  if (generation == nullptr) return false;
  // [state.ended] release
  tracer_state()->ended.store(EndReason::kNotEnded, std::memory_order_release);
  if (!change_generation(generation)) return false;
  g_traceback_limit = options.traceback_limit;
  // relaxed: see TracingSwitch
  g_tracing.keeps_traces.store(1, std::memory_order_relaxed);
  switch_tracing(true);
  if (g_misses_malloc && !tracer_state()->consolidated_elsewhere) g_say_malloc_is_missed();
  return true;
}

bool start_consolidator() {
  if (!has_tracer()) return false;
  FutexLockGuard guard(g_control, kControlPatienceNs);
  if (!guard.held()) return false;
  if (tracer_state()->consolidated_elsewhere) return true;
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
  if (!keeps_traces()) return;
  FutexLockGuard guard(g_control, kControlPatienceNs);
  if (!guard.held()) return end_tracing(EndReason::kStuck);
  if (keeps_traces()) end_generation();
}

bool sees_malloc() {
  return !g_misses_malloc;
}

void miss_malloc(void (*say)()) {
  g_misses_malloc = true;
  g_say_malloc_is_missed = say;
  // relaxed: see TracerState
  if (has_tracer()) tracer_state()->misses_malloc.store(true, std::memory_order_relaxed);
}

bool keeps_traces() {
  return keeps_own_traces();
}

int32_t traceback_limit() {
  return g_traceback_limit;
}

void clear_traces() {
  if (!tracing()) return;
  FutexLockGuard guard(g_control, kControlPatienceNs);
  if (!guard.held()) return end_tracing(EndReason::kStuck);
  if (!tracing()) return;
  if (Generation* generation = make_generation(g_traceback_limit); generation != nullptr) change_generation(generation);
}

void reset_peak() {
  if (!tracing()) return;
  if (CutRequest* request = request_cut(*tracer_state(), CutKind::kResetPeak, true); request != nullptr) {
    wait_until_fulfilled(*tracer_state(), *request);
    release_request(*tracer_state(), request);
  }
}

Totals traced_memory() {
  if (!keeps_traces()) return {};
  CutRequest* request = request_cut(*tracer_state(), CutKind::kTotals, true);
  if (request == nullptr) return tracer_state()->estimate.read();
  const bool fulfilled = wait_until_fulfilled(*tracer_state(), *request);
  const Totals totals = fulfilled ? request->frozen.totals : tracer_state()->estimate.read();
  release_request(*tracer_state(), request);
  return totals;
}

Totals traced_memory_estimate() {
  if (!keeps_traces()) return {};
  return tracer_state()->estimate.read();
}

size_t tracer_memory() {
  if (!has_tracer()) return 0;
  // relaxed: a statistic
  const size_t shared = Arena::header()->accounted.load(std::memory_order_relaxed);
  // relaxed: as above
  const size_t bytes = shared + Arena::header()->store_accounted.load(std::memory_order_relaxed);
  FutexLockGuard guard(g_control, kControlPatienceNs);
  return guard.held() ? bytes + block_map_bytes() + name_bytes() : bytes;
}

// Bytes of the newest generation's dense map, as the arena accounts for them.
size_t dense_map_bytes() {
  const Generation* generation = newest_generation();
  if (generation == nullptr) return 0;
  const DenseMap* dense = generation->dense_map();
  return generation->large.bytes() + (Arena::holds(dense) ? dense->bytes() : 0);
}

OwnMemory own_memory() {
  OwnMemory memory;
  if (!has_tracer()) return memory;
  TracerState& state = *tracer_state();
  FutexLockGuard control(g_control, kControlPatienceNs);
  FutexLockGuard rounds(state.consolidator->lock(), kNoSignOfLifeNs);
  if (!control.held() || !rounds.held()) return memory;
  memory.rings = state.segments->bytes();
  memory.threads = state.rings->count() * sizeof(Recorder);
  state.consolidator->add_to(memory);
  // relaxed: a statistic
  const size_t shared = Arena::header()->accounted.load(std::memory_order_relaxed);
  const size_t accounted = shared + StoreMemory::apart_bytes();
  memory.block_maps = dense_map_bytes();
  memory.others = accounted - memory.total();
  memory.block_maps += block_map_bytes();
  memory.names = name_bytes();
  return memory;
}

CutRequest* take_snapshot() {
  return keeps_traces() ? request_cut(*tracer_state(), CutKind::kSnapshot, true) : nullptr;
}

CutRequest* peak_snapshot(Totals& totals) {
  if (!keeps_traces()) return nullptr;
  CutRequest* request = request_cut(*tracer_state(), CutKind::kPeak, true);
  if (request == nullptr) return nullptr;
  CutRequest* highest = nullptr;
  if (wait_until_fulfilled(*tracer_state(), *request)) {
    totals = request->frozen.totals;
    highest = request->peak;
    request->peak = nullptr;  // its reference is the caller's now
  }
  release_request(*tracer_state(), request);
  return highest;
}

void game_frame() {
  end_game_frame(GameFrameSource::kProgram);
}

void mark(const char* name) {
  if (tracing()) request_cut(*tracer_state(), CutKind::kMark, false, name);
}

DomainIndex register_domain(const char* name, size_t alignment) {
  if (!has_tracer()) return UINT32_MAX;
  FutexLockGuard guard(g_names_lock, kNamesPatienceNs);
  if (!guard.held()) return UINT32_MAX;
  return g_names.domain(name, static_cast<uint32_t>(alignment), tracer_state()->domains);
}

uint32_t register_scope(const char* name) {
  notice_fork();
  FutexLockGuard guard(g_names_lock, kNamesPatienceNs);
  if (!guard.held()) return UINT32_MAX;
  return g_names.scope(name, has_tracer() ? tracer_state()->scopes : nullptr);
}

bool declare_budget(const char* name, const BudgetLimits& limits) {
  notice_fork();
  FutexLockGuard guard(g_names_lock, kNamesPatienceNs);
  BudgetTable* const copy = has_tracer() ? tracer_state()->budgets : nullptr;
  if (guard.held()) return g_names.budget(name, limits, copy);
  if (copy != nullptr) copy->refuse();
  return false;
}

TracerState* state() {
  return has_tracer() ? tracer_state() : nullptr;
}

}  // namespace own

constinit const TracerFunctions kOwnTracerFunctions = {
    .version = TracerFunctions::kVersion,
    .state_bytes = sizeof(TracerState),
    .start = own::start,
    .start_consolidator = own::start_consolidator,
    .stop = own::stop,
    .is_tracing = tracing,
    .sees_malloc = own::sees_malloc,
    .miss_malloc = own::miss_malloc,
    .keeps_traces = own::keeps_traces,
    .traceback_limit = own::traceback_limit,
    .clear_traces = own::clear_traces,
    .reset_peak = own::reset_peak,
    .traced_memory = own::traced_memory,
    .traced_memory_estimate = own::traced_memory_estimate,
    .tracer_memory = own::tracer_memory,
    .take_snapshot = own::take_snapshot,
    .peak_snapshot = own::peak_snapshot,
    .game_frame = own::game_frame,
    .numbered_game_frame = end_numbered_game_frame,
    .mark = own::mark,
    .register_domain = own::register_domain,
    .register_scope = own::register_scope,
    .declare_budget = own::declare_budget,
    .begin_untraced_scope = begin_untraced_scope,
    .end_untraced_scope = end_untraced_scope,
    .state = own::state,
    .arena = Arena::header,
};

OwnMemory own_memory() {
  return own::own_memory();
}

bool listen(CutListener& listener) {
  if (!own::is_own_tracer() || tracer_state()->consolidated_elsewhere) return false;
  return tracer_state()->consolidator->listen(listener);
}

bool stop_listening(FrozenTraces& last) {
  return own::is_own_tracer() && tracer_state()->consolidator->stop_listening(last);
}

void module_will_load(const char* file) {
  if (file == nullptr || file[0] == '/' || std::strchr(file, '/') == nullptr) return;
  if (own::is_own_tracer()) tracer_state()->modules->note_directory();
}

void module_may_have_unloaded() {
  ModuleTable::bump_generation();
}

void count_call_without_name() {
  if (own::is_own_tracer() && tracing()) count_unrecorded();
}

void before_fork() {
  if (own::has_tracer()) Arena::note_ends_before_fork();
}

void after_fork_in_parent() {
  Arena::forget_ends_after_fork();
}

void make_room_under_limits() {
  if (!own::has_tracer()) return Arena::give_up_left();  // the child knows nothing of what its parent traced
  if (!own::is_own_tracer()) return;
  const uint64_t kept = kept_under(platform::memory_limits(), Arena::header()->shared);
  if (kept == UINT64_MAX) return;
  Arena::make_room(kept);
}

bool make_room_for_allocation() {
  if (!own::is_own_tracer()) return false;
  const uint64_t kept = kept_under({.address_space = platform::address_space_limit()}, true);
  return kept != UINT64_MAX && Arena::make_room(kept);
}

void after_fork_in_child() {
  using namespace own;
  if (tracer_state() == nullptr) return;
  detach_after_fork();
  // The threads that held these locks do not exist here, nor does the consolidator's.
  new (&g_control) FutexLock();
  new (&g_names_lock) FutexLock();
  // [tracer.thread] release
  g_thread_runs.store(0, std::memory_order_release);
}

void announce_exec(const char* program) {
  if (own::is_own_tracer()) tracer_state()->exec_announcement.announce(program);
}

void withdraw_exec() {
  if (own::is_own_tracer()) tracer_state()->exec_announcement.withdraw();
}

void use_reference_unwinders(const ReferenceUnwinders& unwinders) noexcept {
  if (own::has_tracer() && tracer_state()->crosscheck != nullptr) tracer_state()->crosscheck->begin(unwinders);
}

void shut_down_for_test() {
  using namespace own;
  if (!has_tracer()) return;
  own::stop();
  // relaxed: a flag
  g_thread_should_stop.store(1, std::memory_order_relaxed);
  // [tracer.thread] acquire
  while (g_thread_runs.load(std::memory_order_acquire) != 0) platform::sleep_ns(kRoundEveryNs);
  ModuleTable::install(nullptr);
  give_up_recorder_for_test();
  t_scope = 0;
  g_names.clear();
  g_recording = nullptr;
  // relaxed: see TracingSwitch
  g_tracing.has_arena.store(0, std::memory_order_relaxed);
  Arena::destroy();
}

}  // namespace heapreel::engine
