// The word that tells hooks what to do. It lies on a private page that the kernel wipes in every forked child, however
// the child was made: tracing is off there before the child's first instruction.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace heapreel::engine {

enum class TracingState : uint32_t {
  kOff = 0,  // off: at first, after stop(), and in forked children
  kIdle,     // off, and the hooks have nothing else to do either, as they said by settle_idle()
  kOn,
};

// Whole pages, as large as the processor's kernels have them, because the kernel can wipe nothing smaller.
#if defined(__aarch64__)
inline constexpr size_t kSwitchBytes = size_t{64} << 10;
#else
inline constexpr size_t kSwitchBytes = size_t{4} << 10;
#endif

struct alignas(kSwitchBytes) TracingSwitch {
  // relaxed everywhere: an event's tag, not this word, decides whether it counts; the arena was mapped before the
  // first store by the storing thread, and hooks reach it through t_recorder or [registry.add].
  std::atomic<TracingState> state;
  // Set from start() to stop(), also when tracing ended by itself in between.
  std::atomic<uint32_t> keeps_traces;
  // Set where the tracer's arena is mapped. Not in a forked child, even one that a bare system call made.
  std::atomic<uint32_t> has_arena;
};
static_assert(sizeof(TracingSwitch) == kSwitchBytes);

[[gnu::visibility("hidden")]] extern TracingSwitch g_tracing;

// hot: 2 insn, 0 calls, 0 rmw
inline bool tracing() {
  // relaxed: see TracingSwitch
  return g_tracing.state.load(std::memory_order_relaxed) == TracingState::kOn;
}

// Whether a hook may call the allocator at once. It is the only question that hooks ask in a process that is not
// traced.
// hot: 2 insn, 0 calls, 0 rmw
inline bool idle() {
  // relaxed: see TracingSwitch
  return g_tracing.state.load(std::memory_order_relaxed) == TracingState::kIdle;
}

// From now on they may, unless tracing is on or starts. It is one word, so that this does not overwrite a start.
inline void settle_idle() {
  TracingState unsaid = TracingState::kOff;
  // relaxed: see TracingSwitch
  g_tracing.state.compare_exchange_strong(unsaid, TracingState::kIdle, std::memory_order_relaxed);
}

inline void switch_tracing(bool on) {
  // relaxed: see TracingSwitch
  g_tracing.state.store(on ? TracingState::kOn : TracingState::kOff, std::memory_order_relaxed);
}

// Whether this copy of the engine keeps traces; see TracerFunctions.
inline bool keeps_own_traces() {
  // relaxed: see TracingSwitch
  return g_tracing.keeps_traces.load(std::memory_order_relaxed) != 0;
}

// Asks the kernel to wipe the page in forked children. False when it cannot; then only pthread_atfork helps.
bool wipe_switch_on_fork();

}  // namespace heapreel::engine
