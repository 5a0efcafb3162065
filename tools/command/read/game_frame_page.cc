#include "tools/command/read/game_frame_page.h"

#include <algorithm>
#include <span>

#include "tools/command/console/format.h"
#include "tools/command/console/table_text.h"
#include "tools/command/read/game_frame_totals.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/text/percentile.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

constexpr size_t kMostRanges = 20;

std::string marks_in(const Reel& reel, uint32_t first, uint32_t last) {
  constexpr size_t kMost = 3;
  std::string text;
  size_t count = 0;
  for (const ReelMark& mark : reel.marks()) {
    if (mark.game_frame < first || mark.game_frame > last) continue;
    if (++count <= kMost) text += format("{}{}", text.empty() ? "mark " : ", ", mark.name);
  }
  return count > kMost ? text + format(" and {} more", count - kMost) : text;
}

// 1, 2 or 5 with zeros, so that ranges begin at numbers that people can type.
size_t round_size(size_t least) {
  for (size_t power = 1;; power *= 10) {
    for (const size_t step : {size_t{1}, size_t{2}, size_t{5}}) {
      if (step * power >= least) return step * power;
    }
  }
}

void add_range(TableText& table, const Reel& reel, std::span<const GameFrameRow> rows, uint64_t most_allocs) {
  const auto totals = GameFrameTotals::of({rows.begin(), rows.end()});
  std::vector<uint64_t> allocs;
  for (const GameFrameRow& row : rows) allocs.push_back(row.allocs);
  const uint32_t first = rows.front().number;
  const uint32_t last = rows.back().number;
  const uint64_t started = reel.info().header.started_monotonic_ns;
  const uint64_t ended = rows.back().time_ns - std::min(rows.back().time_ns, started);
  std::string remark = marks_in(reel, first, last);
  if (totals.merged != 0) remark += format("{}{} sums only", remark.empty() ? "" : ", ", grouped(totals.merged));
  const GameFrameRow* highest = nullptr;
  for (const GameFrameRow& row : rows) {
    if (row.within && (highest == nullptr || row.within->peak_bound > highest->within->peak_bound)) highest = &row;
  }
  if (highest != nullptr) {
    remark += format("{}peak {} within {}", remark.empty() ? "" : ", ", size_text(highest->within->peak_bound),
                     game_frame_name(reel, highest->number));
  }
  const std::string name = game_frame_name(reel, first);
  table.add({first == last ? name : format("{}..{}", name, game_frame_name(reel, last)),
             format("{:.3f} s", static_cast<double>(ended) / 1e9), grouped(percentile(allocs, 50)),
             grouped(percentile(allocs, 100)), grouped(totals.allocs), grouped(totals.frees),
             size_text(totals.alloc_bytes), size_text(rows.back().live_bytes), remark});
  if (most_allocs != 0 && percentile(allocs, 100) == most_allocs) table.colour(3, Colour::kRed);
}

}  // namespace

std::string game_frame_page(const Reel& reel, const std::vector<GameFrameRow>& rows) {
  TableText table({{"game frames"},
                   {"up to"},
                   {"allocs p50"},
                   {"max"},
                   {"allocs"},
                   {"frees"},
                   {"allocated"},
                   {"live at end"},
                   {"", TableText::Align::kLeft}});
  const uint64_t span = uint64_t{rows.back().number} - rows.front().number + 1;
  const uint64_t most_allocs = std::ranges::max(rows, {}, &GameFrameRow::allocs).allocs;
  const size_t size = round_size((span + kMostRanges - 1) / kMostRanges);
  for (auto begin = rows.begin(); begin != rows.end();) {
    const uint64_t bound = (begin->number / size + 1) * size;
    const auto end = std::find_if(begin, rows.end(), [bound](const GameFrameRow& row) { return row.number >= bound; });
    add_range(table, reel, std::span(begin, end), most_allocs);
    begin = end;
  }
  return table.text();
}

}  // namespace heapreel::tools
