#include "engine/record/overload.h"

#include "engine/memory/platform.h"
#include "engine/record/recording_end.h"
#include "engine/record/recording_state.h"

namespace heapreel::engine {

namespace {

// Waits until the consolidator frees a segment, at most until the deadline.
Segment* wait_for_segment() {
  constexpr uint64_t kNapNs = 100'000;
  const uint64_t patience_ns = uint64_t{g_recording->options.block_deadline_ms} * 1'000'000;
  const uint64_t deadline = platform::monotonic_ns() + patience_ns;
  while (platform::monotonic_ns() < deadline) {
    platform::sleep_ns(kNapNs);
    // [state.ended] acquire
    if (g_recording->ended.load(std::memory_order_acquire) != EndReason::kNotEnded) break;  // another gave up
    if (Segment* segment = g_recording->segments->take(); segment != nullptr) return segment;
  }
  return nullptr;
}

// What happens when the pool has no segment: the thread lends its time, and then waits if the policy says so.
Segment* overloaded_segment(Recorder* recorder) {
  if (recorder->is_nested) return nullptr;  // a signal handler lends nothing and never waits
  if (g_lend_round != nullptr) {
    g_lend_round();
    if (Segment* segment = g_recording->segments->take(); segment != nullptr) return segment;
  }
  return g_recording->options.overload == OverloadPolicy::kBlock ? wait_for_segment() : nullptr;
}

}  // namespace

void (*g_lend_round)() = nullptr;

// In crosschecks the reference unwinders allocate themselves. Those events come to the next level, and are not checked
// again.
StackMode usual_stack_mode(const Recorder* recorder) {
  return g_recording->crosscheck == nullptr || recorder->is_nested ? StackMode::kWalk : StackMode::kCrosscheck;
}

uint64_t* room_slow(Recorder* recorder, uint32_t words) {
  Segment* segment = g_recording->segments->take();
  if (segment == nullptr) segment = overloaded_segment(recorder);
  if (segment == nullptr) {
    end_tracing(EndReason::kOverload);
    return nullptr;
  }
  recorder->ring.chain(segment);
  // The last quarter of the budget is kept for events without stacks.
  const bool overloaded = g_recording->segments->left() < g_recording->segments->budget() / 4;
  recorder->stack_mode = overloaded ? StackMode::kGiveUp : usual_stack_mode(recorder);
  return recorder->ring.prepare(words);
}

}  // namespace heapreel::engine
