#include "tools/command/run/run_figures.h"

#include <algorithm>
#include <numeric>

namespace heapreel::tools {

void RunFigures::look_at(const engine::FrozenTraces& state) {
  totals_ = state.totals;
  totals_.game_frames = state.own_number(totals_.game_frames);
  totals_.peak_game_frame = state.own_number(totals_.peak_game_frame);
  tracebacks_ = std::max(tracebacks_, state.traceback_count);
}

bool RunFigures::on_game_frame(const engine::FrozenTraces& state) {
  look_at(state);
  if (state.makeshift_game_frames != makeshift_game_frames_) {
    makeshift_game_frames_ = state.makeshift_game_frames;
    const std::vector<uint64_t> before = allocs_.all();
    allocs_carried_ += std::accumulate(before.begin(), before.end(), uint64_t{0});
    allocs_.clear();
  }
  allocs_.push_back(allocs_carried_ + state.totals.allocs - allocs_before_);
  allocs_carried_ = 0;
  allocs_before_ = state.totals.allocs;
  return recorder_ != nullptr && recorder_->on_game_frame(state);
}

bool RunFigures::on_mark(const char* name, const engine::FrozenTraces& state) {
  look_at(state);
  ++marks_;
  return recorder_ != nullptr && recorder_->on_mark(name, state);
}

void RunFigures::on_generation_end(const engine::FrozenTraces& last) {
  look_at(last);
  allocs_carried_ += last.totals.allocs - allocs_before_;
  allocs_before_ = 0;
  if (recorder_ != nullptr) recorder_->on_generation_end(last);
}

void RunFigures::finish(const engine::FrozenTraces& last) {
  if (last.store_epoch != 0) return look_at(last);
  // The last sound state is the one that was looked at last.
  if (last.ended == engine::EndReason::kDamaged) return;
  // Tracing was off at the end: the last generation tells what there was.
  engine::Totals totals = last.totals;
  totals.game_frames = last.own_number(totals.game_frames);
  totals.allocs = totals_.allocs;
  totals.frees = totals_.frees;
  totals.peak_bytes = totals_.peak_bytes;
  totals.peak_ceiling = totals_.peak_ceiling;
  totals.peak_game_frame = totals_.peak_game_frame;
  totals_ = totals;
}

}  // namespace heapreel::tools
