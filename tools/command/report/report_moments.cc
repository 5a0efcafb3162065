#include "tools/command/report/report_moments.h"

namespace heapreel::tools {
namespace {

// Whether what happened in this game frame alone is known by site.
bool stands_alone(const std::vector<GameFrameRow>& rows, size_t row) {
  return !rows[row].merged && (row == 0 || !rows[row - 1].merged);
}

}  // namespace

ReportMoments ReportMoments::of(const std::vector<GameFrameRow>& rows) {
  ReportMoments moments;
  std::optional<size_t> peak;
  std::optional<size_t> first;
  std::optional<size_t> last;
  for (size_t row = 0; row < rows.size(); ++row) {
    if (rows[row].merged) continue;
    if (!peak || rows[row].live_bytes > rows[*peak].live_bytes) peak = row;
    if (!first && row >= rows.size() / 6) first = row;
    if (!last || !rows[row].partial) last = row;
    if (row == 0 || rows[row].partial || !stands_alone(rows, row)) continue;
    if (!moments.worst || rows[row].allocs > rows[*moments.worst].allocs) moments.worst = row;
  }
  moments.peak = peak.value_or(0);
  moments.to = last.value_or(0);
  moments.from = first.value_or(0) < moments.to ? first.value_or(0) : moments.to;
  return moments;
}

}  // namespace heapreel::tools
