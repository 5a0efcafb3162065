// An object that is told of each game frame of a recording, step by step and in order.
#pragma once

#include <cstdint>
#include <string>

#include "engine/store/frozen_traces.h"

namespace heapreel {

// Called by one thread at a time.
class GameFrameWatch {
 public:
  virtual ~GameFrameWatch() = default;

  // `before` is the state at the end of the game frame before; null when there is none.
  virtual void on_game_frame(const engine::FrozenTraces* before, const engine::FrozenTraces& after) = 0;
  // A game frame without a state of its own, which is merged into the next one.
  virtual void on_merged_game_frame(const engine::FrozenTraces& sums) = 0;
  // See engine::CutListener.
  virtual void on_game_frame_number(uint32_t /*game_frame*/, uint32_t /*number*/) {}
  virtual void on_mark(const std::string& name, const engine::FrozenTraces& sums) = 0;
  virtual void on_generation_end(const engine::FrozenTraces& last) = 0;
  virtual void on_end(const engine::FrozenTraces& last) = 0;
};

}  // namespace heapreel
