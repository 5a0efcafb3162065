#include "tools/command/report/report_moments.h"

#include <algorithm>

namespace heapreel::tools {
namespace {

// Whether it is known by site what happened in this game frame alone.
bool stands_alone(const std::vector<ReportRow>& rows, size_t row) {
  return rows[row].game_frames == 1 && !rows[row].merged && (row == 0 || !rows[row - 1].merged);
}

// By row: how many game frames there are before it. One more for all of them.
std::vector<uint64_t> game_frames_before(const std::vector<ReportRow>& rows) {
  std::vector<uint64_t> before = {0};
  for (const ReportRow& row : rows) before.push_back(before.back() + row.game_frames);
  return before;
}

// When a program shuts down, most of its heap goes within the last twentieth of its game frames and does not come back:
// this is the row before that began. `last` when there is no such end.
size_t before_shutdown(const std::vector<ReportRow>& rows, const std::vector<uint64_t>& before, size_t last) {
  const uint64_t all = before.back();
  uint64_t most = 0;
  for (size_t row = 0; row <= last; ++row) {
    if (before[row] >= all - all / 4 && !rows[row].merged) most = std::max(most, rows[row].live_bytes);
  }
  size_t at = last;
  while (at > 0 && (rows[at].merged || rows[at].live_bytes < most / 2)) --at;
  if (at == last || before[last] - before[at] > all / 20 || rows[at].merged) return last;
  // Goes back to where it began.
  for (size_t row = at; row-- > 0;) {
    if (rows[row].merged) continue;
    if (rows[row].live_bytes <= rows[at].live_bytes) break;
    at = row;
  }
  return at;
}

}  // namespace

ReportMoments ReportMoments::of(const std::vector<ReportRow>& rows, bool by_clock) {
  const std::vector<uint64_t> before = game_frames_before(rows);
  ReportMoments moments;
  std::optional<size_t> peak;
  std::optional<size_t> first;
  std::optional<size_t> last;
  for (size_t row = 0; row < rows.size(); ++row) {
    if (rows[row].merged) continue;
    if (!peak || rows[row].live_bytes > rows[*peak].live_bytes) peak = row;
    if (!first && before[row] >= before.back() / 6) first = row;
    if (!last || !rows[row].partial) last = row;
    if (row == 0 || rows[row].partial || !stands_alone(rows, row)) continue;
    if (!moments.worst || rows[row].allocs > rows[*moments.worst].allocs) moments.worst = row;
  }
  moments.peak = peak.value_or(0);
  moments.to = last.value_or(0);
  if (by_clock) moments.to = before_shutdown(rows, before, moments.to);
  moments.from = first.value_or(0) < moments.to ? first.value_or(0) : moments.to;
  return moments;
}

}  // namespace heapreel::tools
