#include "engine/record/recording_end.h"

#include "engine/record/recording_state.h"
#include "engine/record/tracing_switch.h"

namespace heapreel::engine {

void count_unrecorded() {
  // relaxed: a statistic
  g_recording->unrecorded.fetch_add(1, std::memory_order_relaxed);
}

void end_tracing(EndReason reason) {
  EndReason not_ended = EndReason::kNotEnded;
  // [state.ended] release; relaxed on failure: it had ended before
  g_recording->ended.compare_exchange_strong(not_ended, reason, std::memory_order_release, std::memory_order_relaxed);
  g_recording->epoch.advance();
  // relaxed: see TracerState
  g_recording->quiet_advances.fetch_add(1, std::memory_order_relaxed);
  switch_tracing(false);
}

}  // namespace heapreel::engine
