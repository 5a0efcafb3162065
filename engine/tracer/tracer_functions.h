// One tracer per process, however many copies of the engine are in it: a program that links libheapreel and runs under
// `heapreel run` has two, and only the preloaded one's hooks are called. The other copy's functions go through the
// first one's door, and what it reads, it reads in that one's arena.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/memory/arena.h"
#include "engine/tracer/tracer.h"

namespace heapreel::engine {

struct CutRequest;
struct TracerState;

// The functions of tracer.h that concern a tracer, of the copy whose door it is.
struct TracerFunctions {
  static constexpr uint32_t kVersion = 6;

  uint32_t version;
  uint32_t state_bytes;  // two copies understand one another's memory when this is equal, too
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

// From here on this copy of the engine uses the other copy's tracer. False, and nothing changes, when the other is of
// another version. To be called before any function of tracer.h.
bool use_tracer_functions(const TracerFunctions& other);

}  // namespace heapreel::engine
