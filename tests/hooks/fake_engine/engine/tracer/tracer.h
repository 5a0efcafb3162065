// The engine's control functions as the hooks see them; see recorder.h beside it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/record/budget_table.h"
#include "engine/record/recorder.h"
#include "engine/record/tracer_options.h"
#include "engine/store/totals.h"

namespace heapreel::engine {

enum class ArenaRoom : uint8_t { kFull, kLess, kNone };
ArenaRoom arena_room(bool shared) noexcept;
uint64_t default_memory_budget() noexcept;
bool start(const TracerOptions& options) noexcept;
void set_breach_callback(BreachCallback callback) noexcept;
bool start_consolidator() noexcept;
bool sees_malloc() noexcept;
void miss_malloc(void (*say)()) noexcept;
void stop() noexcept;
int32_t traceback_limit() noexcept;
void clear_traces() noexcept;
void reset_peak() noexcept;
Totals traced_memory() noexcept;
Totals traced_memory_estimate() noexcept;
size_t tracer_memory() noexcept;
DomainIndex register_domain(const char* name, size_t alignment) noexcept;
uint32_t register_scope(const char* name) noexcept;
bool declare_budget(const char* name, const BudgetLimits& limits) noexcept;
void game_frame() noexcept;
void numbered_game_frame(uint32_t number) noexcept;
void mark(const char* name) noexcept;
void count_call_without_name() noexcept;
void before_fork() noexcept;
void after_fork_in_parent() noexcept;
void after_fork_in_child() noexcept;
void make_room_under_limits() noexcept;
bool make_room_for_allocation() noexcept;
void announce_exec(const char* program) noexcept;
void withdraw_exec() noexcept;
void module_will_load(const char* file) noexcept;
void module_may_have_unloaded() noexcept;

}  // namespace heapreel::engine
