#include "engine/tracer/attachment.h"

#include "engine/consolidate/consolidator.h"
#include "engine/memory/platform.h"
#include "engine/record/tracing_switch.h"

namespace heapreel::engine {

// The program may have written anything there. So everything that is followed later is checked now, in a copy that only
// this process can change.
Attached attach(int fd) {
  if (Arena::header() == nullptr && Arena::attach(fd) == nullptr) return {.has_no_room = Arena::has_root(fd)};
  // [arena.root] acquire
  auto* state = static_cast<TracerState*>(Arena::header()->root.load(std::memory_order_acquire));
  if (state == nullptr) return {};
  constexpr Attached kDamaged = {.state = nullptr, .is_damaged = true};
  Arena::keep_apart(state, 0);  // what an earlier attachment had for itself
  if (!Arena::holds(&state->layout)) return kDamaged;
  if (!state->has_this_layout()) return {.state = nullptr, .is_of_another_version = true};
  if (!Arena::holds(state) || !platform::make_private(state, kConstantsBytes)) return kDamaged;
  if (!state->has_this_layout() || !state->is_sound() || !state->options.are_valid()) return kDamaged;
  Arena::keep_apart(state, kConstantsBytes);
  g_recording = state;
  // relaxed: see TracingSwitch
  g_tracing.has_arena.store(1, std::memory_order_relaxed);
  return {.state = state};
}

bool begin_consolidating(TracerState& state) {
  state.consolidator = StoreMemory::make<Consolidator>(state);
  return state.consolidator != nullptr && state.consolidator->has_memory();
}

}  // namespace heapreel::engine
