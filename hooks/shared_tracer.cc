#include "hooks/shared_tracer.h"

#include "engine/tracer_door.h"
#include "hooks/export.h"

// Two names for one function of this library: the first is whose the dynamic linker found first, the second is ours.
extern "C" int heapreel_is_tracing() noexcept;
extern "C" int heapreel_is_tracing_here() noexcept;

// Whose the dynamic linker found first, too.
extern "C" HEAPREEL_EXPORT const heapreel::engine::TracerDoor* heapreel_tracer_door() noexcept {
  return &heapreel::engine::kOwnDoor;
}

namespace heapreel::hooks {
namespace {

// volatile: compilers hold that two names are two functions, and that a function of this file is this one.
int (*volatile const called)() noexcept = heapreel_is_tracing;
int (*volatile const ours)() noexcept = heapreel_is_tracing_here;
const engine::TracerDoor* (*volatile const first_door)() noexcept = heapreel_tracer_door;

}  // namespace

bool is_shadowed() noexcept {
  return called != ours;
}

bool share_tracer() noexcept {
  const engine::TracerDoor* const door = first_door();
  // The first copy may be too old to have a door: then ours was found.
  return door != &engine::kOwnDoor && engine::use_door(*door);
}

}  // namespace heapreel::hooks
