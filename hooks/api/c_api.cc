// The C interface: each function is one call of the engine.
#include <cstddef>
#include <cstring>

#include "engine/record/recorder.h"
#include "engine/tracer/tracer.h"
#include "heapreel/heapreel_c.h"
#include "hooks/backend/backend.h"
#include "hooks/base/export.h"
#include "hooks/process/attach_listener.h"

namespace engine = heapreel::engine;

namespace {

// The members that the caller's version of the struct has; all others are 0.
heapreel_start_options known_part(const heapreel_start_options* given) {
  heapreel_start_options options = {};
  if (given != nullptr) std::memcpy(&options, given, given->size < sizeof options ? given->size : sizeof options);
  return options;
}

int fill(heapreel_traced_memory* memory, const engine::Totals& totals) {
  if (memory == nullptr || memory->size < sizeof memory->size + sizeof memory->current) return HEAPREEL_BAD_ARGUMENT;
  const heapreel_traced_memory filled = {
      .size = memory->size, .current = totals.live_bytes, .peak = totals.peak_bytes, .peak_bound = totals.peak_ceiling};
  std::memcpy(memory, &filled, memory->size < sizeof filled ? memory->size : sizeof filled);
  return HEAPREEL_OK;
}

// The members that the caller's version of the struct has; limits that it does not have are no limits.
heapreel_budget known_part(const heapreel_budget* given) {
  heapreel_budget budget;
  std::memcpy(&budget, given, given->size < sizeof budget ? given->size : sizeof budget);
  return budget;
}

static_assert(HEAPREEL_BUDGET_NAME_BYTES == engine::BudgetTable::kNameBytes);
static_assert(HEAPREEL_NO_LIMIT == engine::BudgetLimits::kNone);

bool has_name(const heapreel_budget& budget) {
  return budget.name != nullptr && budget.name[0] != '\0' && std::strlen(budget.name) < engine::BudgetTable::kNameBytes;
}

// Copies the name of a mark. False when it is too long. NULL stands for none.
bool copy_mark(const char* mark, char (&into)[engine::BudgetLimits::kMarkBytes]) {
  if (mark == nullptr) return true;
  const size_t length = std::strlen(mark);
  if (length >= sizeof into) return false;
  std::memcpy(into, mark, length);
  return true;
}

bool make_limits(const heapreel_budget& budget, engine::BudgetLimits& limits) {
  limits.allocs_per_game_frame = budget.allocs_per_game_frame;
  limits.alloc_bytes_per_game_frame = budget.alloc_bytes_per_game_frame;
  limits.live_bytes = budget.live_bytes;
  limits.frees_per_game_frame = budget.frees_per_game_frame;
  limits.live_blocks = budget.live_blocks;
  limits.allocs_per_game_frame_p99 = budget.allocs_per_game_frame_p99;
  limits.alloc_bytes_per_game_frame_p99 = budget.alloc_bytes_per_game_frame_p99;
  limits.frees_per_game_frame_p99 = budget.frees_per_game_frame_p99;
  limits.allocs_per_game_frame_average = budget.allocs_per_game_frame_average;
  limits.alloc_bytes_per_game_frame_average = budget.alloc_bytes_per_game_frame_average;
  limits.frees_per_game_frame_average = budget.frees_per_game_frame_average;
  limits.live_bytes_growth_per_100_game_frames = budget.live_bytes_growth_per_100_game_frames;
  limits.live_blocks_growth_per_100_game_frames = budget.live_blocks_growth_per_100_game_frames;
  limits.new_sites = budget.new_sites;
  limits.blocks_left = budget.blocks_left;
  limits.bytes_left = budget.bytes_left;
  limits.peak_bytes = budget.peak_bytes;
  limits.first_game_frame = budget.first_game_frame;
  limits.settle_game_frames = budget.settle_game_frames;
  limits.optional = budget.optional != 0 ? 1 : 0;
  if (!copy_mark(budget.first_mark, limits.first_mark) || !copy_mark(budget.from_mark, limits.from_mark) ||
      !copy_mark(budget.to_mark, limits.to_mark)) {
    return false;
  }
  const bool limits_what_is_left = budget.blocks_left != HEAPREEL_NO_LIMIT || budget.bytes_left != HEAPREEL_NO_LIMIT;
  if (limits_what_is_left != (limits.from_mark[0] != '\0') || limits_what_is_left != (limits.to_mark[0] != '\0')) {
    return false;
  }
  // The peak is known only for domains that the program registered, not for malloc's.
  const bool has_peak = std::strncmp(budget.name, "domain:", 7) == 0 && std::strcmp(budget.name, "domain:malloc") != 0;
  if (budget.peak_bytes != HEAPREEL_NO_LIMIT && !has_peak) return false;
  return budget.new_sites == HEAPREEL_NO_LIMIT || std::strncmp(budget.name, "thread:", 7) != 0;
}

// Counts a call that gave no name and should have: it does nothing, and the record is not complete.
uint32_t without_name() {
  engine::count_call_without_name();
  return HEAPREEL_NO_NAME;
}

}  // namespace

extern "C" {

HEAPREEL_EXPORT int heapreel_start(const heapreel_start_options* given) noexcept {
  const heapreel_start_options options = known_part(given);
  engine::TracerOptions tracer;
  if (given != nullptr && given->size < sizeof given->size) return HEAPREEL_BAD_ARGUMENT;
  if (options.traceback_limit < 0 || options.traceback_limit > engine::TracerOptions::kMaxTracebackLimit) {
    return HEAPREEL_BAD_ARGUMENT;
  }
  if (options.traceback_limit != 0) tracer.traceback_limit = options.traceback_limit;
  if (options.frame_every_ms != 0) tracer.frame_every_ms = options.frame_every_ms;
  if (options.ring_budget != 0) tracer.ring_budget = options.ring_budget;
  if (options.memory_budget != 0) tracer.memory_budget = options.memory_budget;
  if (options.on_breach > HEAPREEL_BREACH_ABORT) return HEAPREEL_BAD_ARGUMENT;
  tracer.on_breach = static_cast<engine::OnBreach>(options.on_breach);
  if (options.breach_callback != nullptr) {
    engine::set_breach_callback({options.breach_callback, options.breach_context});
  }
  if (options.listen != 0) {
    const bool listens = heapreel::hooks::listen_for_attach(heapreel::hooks::backend::kKeepsAllocator);
    return listens ? HEAPREEL_OK : HEAPREEL_FAILED;
  }
  if (engine::tracing()) return HEAPREEL_OK;
  if (!engine::start(tracer)) return HEAPREEL_FAILED;
  if (engine::start_consolidator()) return HEAPREEL_OK;
  engine::stop();
  return HEAPREEL_FAILED;
}

HEAPREEL_EXPORT void heapreel_stop() noexcept {
  engine::stop();
}

HEAPREEL_EXPORT int heapreel_is_tracing() noexcept {
  return engine::tracing();
}

HEAPREEL_EXPORT int heapreel_sees_malloc() noexcept {
  return engine::sees_malloc() ? 1 : 0;
}

HEAPREEL_EXPORT int heapreel_traceback_limit() noexcept {
  return engine::traceback_limit();
}

HEAPREEL_EXPORT void heapreel_clear_traces() noexcept {
  engine::clear_traces();
}

HEAPREEL_EXPORT void heapreel_reset_peak() noexcept {
  engine::reset_peak();
}

HEAPREEL_EXPORT int heapreel_get_traced_memory(heapreel_traced_memory* memory) noexcept {
  return fill(memory, engine::traced_memory());
}

HEAPREEL_EXPORT int heapreel_get_traced_memory_estimate(heapreel_traced_memory* memory) noexcept {
  return fill(memory, engine::traced_memory_estimate());
}

HEAPREEL_EXPORT size_t heapreel_get_tracer_memory() noexcept {
  return engine::tracer_memory();
}

HEAPREEL_EXPORT heapreel_domain_id heapreel_register_domain(const char* name, size_t alignment) noexcept {
  if (name == nullptr) return without_name();
  return engine::register_domain(name, alignment);
}

HEAPREEL_EXPORT void heapreel_alloc(heapreel_domain_id domain, const void* p, size_t n) noexcept {
  if (engine::tracing()) engine::record_alloc(domain, p, n, HEAPREEL_WALK_START());
}

HEAPREEL_EXPORT void heapreel_free(heapreel_domain_id domain, const void* p) noexcept {
  if (p != nullptr && engine::tracing()) engine::record_free(domain, p);
}

HEAPREEL_EXPORT heapreel_realloc_ticket heapreel_realloc_begin(heapreel_domain_id domain, const void* p) noexcept {
  if (p == nullptr || !engine::tracing()) return {};
  const engine::ReallocTicket ticket = engine::record_realloc_begin(domain, p);
  return {ticket.block, ticket.generation};
}

HEAPREEL_EXPORT void heapreel_realloc_end(heapreel_domain_id domain, heapreel_realloc_ticket ticket, const void* old_p,
                                          const void* new_p, size_t n) noexcept {
  if (!engine::tracing()) return;
  if (old_p == nullptr) {
    if (new_p != nullptr) engine::record_alloc(domain, new_p, n, HEAPREEL_WALK_START());
    return;
  }
  engine::record_realloc_end(domain, {ticket.block, ticket.generation}, old_p, new_p, n, HEAPREEL_WALK_START());
}

HEAPREEL_EXPORT void heapreel_arena_reset(heapreel_domain_id domain, const void* base, size_t bytes) noexcept {
  if (engine::tracing()) engine::record_arena_reset(domain, base, bytes);
}

HEAPREEL_EXPORT int heapreel_heap(heapreel_domain_id domain, heapreel_domain_id of, const void* p) noexcept {
  if (!engine::tracing() || engine::record_heap(domain, of, p)) return HEAPREEL_OK;
  return HEAPREEL_BAD_ARGUMENT;
}

HEAPREEL_EXPORT void heapreel_domain_reset(heapreel_domain_id domain) noexcept {
  if (engine::tracing()) engine::record_domain_reset(domain);
}

// The name keeps its number: whoever reports to the domain again begins anew.
HEAPREEL_EXPORT void heapreel_domain_destroy(heapreel_domain_id domain) noexcept {
  heapreel_domain_reset(domain);
}

HEAPREEL_EXPORT heapreel_tag_id heapreel_register_tag(const char* name) noexcept {
  if (name == nullptr) return without_name();
  return engine::register_scope(name);
}

HEAPREEL_EXPORT heapreel_tag_id heapreel_tag_push(heapreel_tag_id tag) noexcept {
  return tag != HEAPREEL_NO_NAME ? engine::set_scope(tag) : heapreel_current_tag();
}

HEAPREEL_EXPORT void heapreel_tag_pop(heapreel_tag_id before) noexcept {
  engine::set_scope(before);
}

HEAPREEL_EXPORT heapreel_tag_id heapreel_current_tag() noexcept {
  return engine::current_scope();
}

HEAPREEL_EXPORT int heapreel_declare_budget(const heapreel_budget* given) noexcept {
  constexpr size_t kLeast = offsetof(heapreel_budget, allocs_per_game_frame) + sizeof given->allocs_per_game_frame;
  if (given == nullptr || given->size < kLeast) return HEAPREEL_BAD_ARGUMENT;
  const heapreel_budget budget = known_part(given);
  engine::BudgetLimits limits;
  if (!has_name(budget) || !make_limits(budget, limits)) return HEAPREEL_BAD_ARGUMENT;
  return engine::declare_budget(budget.name, limits) ? HEAPREEL_OK : HEAPREEL_FAILED;
}

HEAPREEL_EXPORT void heapreel_game_frame() noexcept {
  engine::game_frame();
}

HEAPREEL_EXPORT void heapreel_game_frame_number(uint32_t number) noexcept {
  engine::numbered_game_frame(number);
}

HEAPREEL_EXPORT void heapreel_mark(const char* name) noexcept {
  if (name == nullptr) {
    without_name();
    return;
  }
  engine::mark(name);
}

HEAPREEL_EXPORT int heapreel_walk_heap(int (*visit)(void* block, size_t bytes, void* context), void* context) noexcept {
  return heapreel::hooks::backend::walk_heap(visit, context) ? 1 : 0;
}

}  // extern "C"
