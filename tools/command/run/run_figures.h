// The figures of the summary, gathered while a run is consolidated. It passes everything on to the recorder of the
// reel.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/consolidate/consolidator.h"
#include "snapshot/reel/format/packed_numbers.h"

namespace heapreel::tools {

class RunFigures final : public engine::CutListener {
 public:
  // Without a recorder it only keeps figures.
  explicit RunFigures(engine::CutListener* recorder) : recorder_(recorder) {}

  bool on_game_frame(const engine::FrozenTraces& state) override;
  void on_game_frame_number(uint32_t game_frame, uint32_t number) override {
    if (recorder_ != nullptr) recorder_->on_game_frame_number(game_frame, number);
  }
  bool on_mark(const char* name, const engine::FrozenTraces& state) override;
  bool wants_mark_state() override { return recorder_ != nullptr && recorder_->wants_mark_state(); }
  void on_generation_end(const engine::FrozenTraces& last) override;
  // Takes the last state, after everything else.
  void finish(const engine::FrozenTraces& last);

  uint64_t marks() const { return marks_; }
  uint32_t tracebacks() const { return tracebacks_; }
  const engine::Totals& totals() const { return totals_; }

  // Allocations per game frame, in order of the game frames.
  std::vector<uint64_t> allocs_per_game_frame() const { return allocs_.all(); }

 private:
  void look_at(const engine::FrozenTraces& state);

  engine::CutListener* recorder_;
  uint64_t marks_ = 0;
  uint32_t tracebacks_ = 0;
  engine::Totals totals_;
  uint64_t allocs_before_ = 0;          // in this generation, up to the last game frame
  uint32_t makeshift_game_frames_ = 0;  // as far as is known: those are one game frame of the program's
  uint64_t allocs_carried_ = 0;         // since the last game frame, in generations that ended
  PackedNumbers allocs_;
};

}  // namespace heapreel::tools
