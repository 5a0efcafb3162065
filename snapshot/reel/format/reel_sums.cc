#include "snapshot/reel/format/reel_sums.h"

namespace heapreel {

namespace {

using engine::Totals;

// The order is that of the file; new sums need a new version of the format.
constexpr uint64_t Totals::*kTotals[] = {
    &Totals::live_blocks,    &Totals::live_bytes,       &Totals::allocs,          &Totals::frees,
    &Totals::reallocs,       &Totals::alloc_bytes,      &Totals::peak_bytes,      &Totals::peak_ceiling,
    &Totals::issued,         &Totals::stored,           &Totals::degraded,        &Totals::discarded,
    &Totals::inferred_frees, &Totals::mismatched_frees, &Totals::untracked_frees,
};

}  // namespace

ReelSums ReelSums::of(const engine::FrozenTraces& state) {
  return {.generation = state.generation,
          .game_frames = state.game_frame,
          .time_ns = state.time_ns,
          .traceback_limit = state.traceback_limit,
          .totals = state.totals};
}

void write_sums(ByteWriter& out, const ReelSums& sums, const ReelSums& base) {
  out.difference(sums.generation, base.generation);
  out.difference(sums.game_frames, base.game_frames);
  out.difference(sums.time_ns, base.time_ns);
  out.difference(sums.traceback_limit, base.traceback_limit);
  for (const auto field : kTotals) out.difference(sums.totals.*field, base.totals.*field);
  out.difference(sums.totals.peak_game_frame, base.totals.peak_game_frame);
}

ReelSums read_sums(ByteReader& in, const ReelSums& base) {
  ReelSums sums;
  sums.generation = narrow(in.difference(base.generation));
  sums.game_frames = narrow(in.difference(base.game_frames));
  sums.time_ns = in.difference(base.time_ns);
  sums.traceback_limit = narrow(in.difference(base.traceback_limit));
  for (const auto field : kTotals) sums.totals.*field = in.difference(base.totals.*field);
  sums.totals.peak_game_frame = narrow(in.difference(base.totals.peak_game_frame));
  sums.totals.game_frames = sums.game_frames;
  return sums;
}

}  // namespace heapreel
