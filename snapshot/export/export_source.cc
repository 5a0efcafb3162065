#include "snapshot/export/export_source.h"

namespace heapreel {

const ReelTraceSet& ExportSource::still() const {
  if (still_ == nullptr) {
    const auto& rows = reel_.game_frames();
    const bool is_end = !rows.empty() && rows.back().number == request_.game_frame;
    still_ = request_.mark ? reel_.at_mark(*request_.mark) : is_end ? reel_.at_end() : reel_.at(request_.game_frame);
  }
  return *still_;
}

std::string ExportSource::moment_text() const {
  return request_.mark ? "mark " + reel_.marks()[*request_.mark].name
                       : "game frame " + std::to_string(reel_.program_numbers().of(request_.game_frame));
}

void ExportSource::replay(BlockListener* listener, const ReplayVisit& visit, const ReplayVisit& at_end) const {
  const size_t rows = reel_.game_frames().size();
  ReelReplay replay = reel_.replay(listener);
  bool has_state = false;
  while (replay.next()) {
    has_state = true;
    visit(replay);
    if (request_.progress) request_.progress(replay.row() + 1, rows);
    if (replay.game_frame().number >= request_.game_frame) break;
  }
  if (has_state && at_end) at_end(replay);
  if (request_.progress) request_.progress(rows, rows);
}

uint64_t ExportSource::since_start(uint64_t time_ns) const {
  const uint64_t start = info().header.started_monotonic_ns;
  return time_ns > start ? time_ns - start : 0;
}

}  // namespace heapreel
