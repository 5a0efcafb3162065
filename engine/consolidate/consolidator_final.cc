// The last round, and what must hold when nobody records any more.
#include "engine/consolidate/consolidator.h"

namespace heapreel::engine {

void Consolidator::run_final_round(CutListener* listener) {
  take_back_dropped();
  serve_requests(listener);
  if (damaged_) return;
  const uint64_t epoch = state_.epoch.advance();
  // relaxed: nobody changes it any more
  const uint64_t known = Epoch::kFirst + known_cuts_ + state_.quiet_advances.load(std::memory_order_relaxed);
  // Some cuts never came through the queue. One may have been under way when the process ended. Before the first cut,
  // which begins tracing, nothing was recorded that could be lost.
  const uint64_t lost = epoch - known;
  if (ended() == EndReason::kNotEnded) {
    if (lost > 1 || (lost == 1 && newest_opened_ == nullptr)) return damage();
    if (lost == 0 && !knows_generation()) return damage();
  }
  apply_own_cut(epoch, listener);
  // Nobody records any more: anything left lies behind a tag or a position that no hook has written.
  if (ended() == EndReason::kNotEnded && !is_drained()) damage();
  check_limits();
  ++rounds_;
}

// Whether the last generation that the program began came through the queue.
bool Consolidator::knows_generation() const {
  // relaxed: nobody changes it any more
  return state_.generation.load(std::memory_order_relaxed) == newest_opened_;
}

bool Consolidator::is_drained() const {
  for (uint32_t index = 0; index < ring_count_; ++index) {
    if (rings_[index] == nullptr) continue;
    const RingMark mark = rings_[index]->ring.published();
    const RingMirror* known = mirrors_[index];
    if (known == nullptr ? mark.position_low() != 0 : known->reader.position_of(mark) != known->reader.position()) {
      return false;
    }
  }
  return true;
}

}  // namespace heapreel::engine
