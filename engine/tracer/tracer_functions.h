// A process has one tracer, however many copies of the engine are in it. A program that links libheapreel and runs
// under `heapreel run` has two copies, and only the preloaded one's hooks are called. The other copy then calls the
// functions of the preloaded one, and reads in that one's arena.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/memory/arena.h"
#include "engine/tracer/tracer.h"

namespace heapreel::engine {

struct CutRequest;
struct TracerState;

// The functions of tracer.h that concern a tracer, as one copy of the engine has them.
struct TracerFunctions {
  static constexpr uint32_t kVersion = 6;

  uint32_t version;
  uint32_t state_bytes;  // must be equal as well for two copies to understand each other's memory
  bool (*start)(const TracerOptions&);
  bool (*start_consolidator)();
  void (*stop)();
  bool (*is_tracing)();
  bool (*sees_malloc)();
  void (*miss_malloc)(void (*say)());
  bool (*keeps_traces)();
  int32_t (*traceback_limit)();
  void (*clear_traces)();
  void (*reset_peak)();
  Totals (*traced_memory)();
  Totals (*traced_memory_estimate)();
  size_t (*tracer_memory)();
  CutRequest* (*take_snapshot)();
  CutRequest* (*peak_snapshot)(Totals&);
  void (*game_frame)();
  void (*numbered_game_frame)(uint32_t);
  void (*mark)(const char*);
  DomainIndex (*register_domain)(const char*, size_t);
  uint32_t (*register_scope)(const char*);
  bool (*declare_budget)(const char*, const BudgetLimits&);
  bool (*begin_untraced_scope)();
  void (*end_untraced_scope)();
  TracerState* (*state)();
  ArenaHeader* (*arena)();
};

extern const TracerFunctions kOwnTracerFunctions;

// From now on this copy of the engine uses the other copy's tracer. False, and nothing changes, when the other is of
// another version. Call it before any function of tracer.h.
bool use_tracer_functions(const TracerFunctions& other);

}  // namespace heapreel::engine
