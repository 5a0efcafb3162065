#include "hooks/process/shared_tracer.h"

#include "engine/tracer/tracer_functions.h"
#include "hooks/base/export.h"

// Two names for one function of this library: the first is whose the dynamic linker found first, the second is ours.
extern "C" int heapreel_is_tracing() noexcept;
extern "C" int heapreel_is_tracing_here() noexcept;

// Whose the dynamic linker found first, too.
extern "C" HEAPREEL_EXPORT const heapreel::engine::TracerFunctions* heapreel_tracer_door() noexcept {
  return &heapreel::engine::kOwnTracerFunctions;
}

namespace heapreel::hooks {
namespace {

// volatile: compilers hold that two names are two functions, and that a function of this file is this one.
int (*volatile const called)() noexcept = heapreel_is_tracing;
int (*volatile const ours)() noexcept = heapreel_is_tracing_here;
const engine::TracerFunctions* (*volatile const first_door)() noexcept = heapreel_tracer_door;

}  // namespace

bool is_shadowed() noexcept {
  return called != ours;
}

bool share_tracer() noexcept {
  const engine::TracerFunctions* const door = first_door();
  // The first copy may be too old to have a door: then ours was found.
  return door != &engine::kOwnTracerFunctions && engine::use_tracer_functions(*door);
}

}  // namespace heapreel::hooks
