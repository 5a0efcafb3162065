#include "hooks/process/shared_tracer.h"

#include "engine/tracer/tracer_functions.h"
#include "hooks/base/export.h"

// Two names for one function of this library. By the first name the dynamic linker finds the copy that was loaded first;
// the second is always this copy's.
extern "C" int heapreel_is_tracing() noexcept;
extern "C" int heapreel_is_tracing_here() noexcept;

// The dynamic linker finds this function, too, in the copy that was loaded first.
extern "C" HEAPREEL_EXPORT const heapreel::engine::TracerFunctions* heapreel_tracer_functions() noexcept {
  return &heapreel::engine::kOwnTracerFunctions;
}

namespace heapreel::hooks {
namespace {

// volatile: compilers hold that two names are two functions, and that a function of this file is this one.
int (*volatile const called)() noexcept = heapreel_is_tracing;
int (*volatile const ours)() noexcept = heapreel_is_tracing_here;
const engine::TracerFunctions* (*volatile const first_tracer_functions)() noexcept = heapreel_tracer_functions;

}  // namespace

bool is_second_copy() noexcept {
  return called != ours;
}

bool share_tracer() noexcept {
  const engine::TracerFunctions* const functions = first_tracer_functions();
  // When the first copy is too old to have this function, ours was found.
  return functions != &engine::kOwnTracerFunctions && engine::use_tracer_functions(*functions);
}

}  // namespace heapreel::hooks
