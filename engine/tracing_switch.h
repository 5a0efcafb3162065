// The word that says "tracing is on". It lies on a private page that the kernel wipes in every forked child, however
// it was made: tracing is off there before the child's first instruction.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace heapreel::engine {

struct alignas(4096) TracingSwitch {
  // relaxed everywhere: an event's tag, not this word, decides whether it counts; the arena was mapped before the
  // first store by the storing thread, and hooks reach it through t_recorder or make_recorder's acquire.
  std::atomic<uint32_t> on;
  // From start() to stop(), also when tracing ended by itself in between.
  std::atomic<uint32_t> keeps_traces;
  // The tracer's arena is mapped here; not in a forked child, of however raw a kind.
  std::atomic<uint32_t> has_arena;
  std::byte rest_of_page[4084];
};

extern TracingSwitch g_tracing;

// hot: 2 insn, 0 calls, 0 rmw
inline bool tracing() {
  // relaxed: see TracingSwitch
  return g_tracing.on.load(std::memory_order_relaxed) != 0;
}

// Whether this copy of the engine does; see TracerDoor.
inline bool keeps_own_traces() {
  // relaxed: see TracingSwitch
  return g_tracing.keeps_traces.load(std::memory_order_relaxed) != 0;
}

// Asks the kernel to wipe the page in forked children. False when it cannot; then only pthread_atfork helps.
bool wipe_switch_on_fork();

}  // namespace heapreel::engine
