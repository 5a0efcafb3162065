#include "engine/tracer/game_frame_end.h"

#include "engine/consolidate/tracer_state.h"
#include "engine/cut/cut.h"
#include "engine/tracer/tracer.h"

namespace heapreel::engine {

namespace {

// Whether no better source has ended a game frame yet.
bool may_end_game_frame(GameFrameSource source) {
  std::atomic<GameFrameSource>& best = tracer_state()->game_frame_source;
  // relaxed: while a better source ends its first game frame, a worse one may still end one more. The variable is
  // written only once for each source, because hooks read other variables in its cache line
  GameFrameSource seen = best.load(std::memory_order_relaxed);
  while (seen < source) {
    // relaxed: as above
    if (best.compare_exchange_weak(seen, source, std::memory_order_relaxed)) break;
  }
  return seen <= source;
}

}  // namespace

void end_game_frame(GameFrameSource source) {
  if (tracing() && may_end_game_frame(source)) request_game_frame(*tracer_state(), source);
}

void end_numbered_game_frame(uint32_t number) {
  if (tracing() && may_end_game_frame(GameFrameSource::kProgram)) request_numbered_game_frame(*tracer_state(), number);
}

void game_frame_ended_by(GameFrameSource source, uint32_t function) {
  if (!tracing()) return;
  std::atomic<uint32_t>& present_function = tracer_state()->present_function;
  // relaxed: for the summary
  if (present_function.load(std::memory_order_relaxed) != function) {
    // relaxed: as above
    present_function.store(function, std::memory_order_relaxed);
  }
  end_game_frame(source);
}

}  // namespace heapreel::engine
