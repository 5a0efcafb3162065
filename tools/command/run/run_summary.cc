#include "tools/command/run/run_summary.h"

#include <algorithm>

#include "engine/consolidate/tracer_state.h"
#include "tools/command/console/format.h"
#include "tools/command/text/cost_text.h"
#include "tools/command/text/ending_text.h"
#include "tools/command/text/percentile.h"
#include "tools/command/text/record_gaps.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

std::string peak_text(const engine::Totals& totals) {
  std::string text = format("peak {} at game frame {}", size_text(totals.peak_bytes), totals.peak_game_frame);
  if (totals.peak_ceiling > totals.peak_bytes) text += format(" (at most {})", size_text(totals.peak_ceiling));
  return text;
}

std::string game_frames_line(const RunFigures& figures) {
  const std::vector<uint64_t> allocs = figures.allocs_per_game_frame();
  if (allocs.empty()) return "  per frame   no game frame ended\n";
  const auto most = std::max_element(allocs.begin(), allocs.end());
  return format("  per frame   allocs p50 {}   p99 {}   max {} (game frame {})\n", grouped(percentile(allocs, 50)),
                grouped(percentile(allocs, 99)), grouped(*most), most - allocs.begin());
}

}  // namespace

std::string children_text(const Ending& ending) {
  if (!ending.had_children) return "";
  return "the program started other processes, which are not recorded: `heapreel run --follow-forks` records them "
         "too\n";
}

std::vector<std::string> RunSummary::gaps(const RunFigures& figures) const {
  std::vector<std::string> found = record_gaps(figures.totals(), end);
  if (!reel_error.empty()) {
    found.push_back(format("{}: {}", reel.empty() ? "no reel is written" : "the reel ends early", reel_error));
  } else if (reel.empty()) {
    found.emplace_back("no reel is written");
  }
  return found;
}

std::string doubts_text(const RunSummary& summary, const RunFigures& figures) {
  const engine::Totals& totals = figures.totals();
  std::string text;
  if (totals.degraded != 0) {
    text += format(
        "{} events were recorded without their stacks, because the room for them was used up: raise --ring-budget\n",
        grouped(totals.degraded));
  }
  for (const std::string& gap : summary.gaps(figures)) text += format("incomplete: {}\n", gap);
  return text;
}

std::string ending_line(const std::vector<std::string>& words, int process, const Ending& ending, double seconds) {
  std::string command;
  for (const std::string& word : words) command += format("{}{}", command.empty() ? "" : " ", word);
  return format("heapreel: {}  (pid {}, {}, {:.1f} s)\n", command, process, ending.text(), seconds);
}

std::string summary_text(const RunSummary& summary, const RunFigures& figures) {
  const engine::Totals& totals = figures.totals();
  std::string text = replaced_text(summary.ending);
  text += format("  frames      {}{}   marks {}   threads {}   tracebacks {}\n", grouped(totals.game_frames),
                 game_frames_by_text(summary.end.costs), grouped(figures.marks()), grouped(summary.threads),
                 grouped(figures.tracebacks()));
  text += format("  traced      live {} in {}   {}\n", size_text(totals.live_bytes),
                 counted(totals.live_blocks, "block"), peak_text(totals));
  text += format("  events      {}   {}   {} degraded\n", counted(totals.allocs, "alloc"),
                 counted(totals.frees, "free"), grouped(totals.degraded));
  if (totals.untracked_frees != 0) {
    text += format(
        "  untracked   {} of blocks that are not in the record: they were freed twice, or allocated by another "
        "allocator or before tracing began\n",
        counted(totals.untracked_frees, "free"));
    text += summary.stray_frees;
  }
  text += game_frames_line(figures);
  text += format("  cost        own memory {}   consolidator {:.1f} % of one core", size_text(summary.end.tracer_bytes),
                 summary.seconds > 0 ? static_cast<double>(summary.end.consolidator_ns) / summary.seconds / 1e7 : 0);
  if (!summary.reel.empty()) text += format("   reel {}", size_text(summary.reel_bytes));
  text += '\n';
  text += own_memory_line(summary.end.costs.own_memory);
  text += late_game_frames_line(summary.end.costs);
  text += own_allocator_line(summary.end.costs.own_allocator);
  if (summary.merged_game_frames != 0) {
    text += format(
        "the reel could not be written fast enough: {} game frames have sums only, and were merged into the ones after "
        "them (with --every-game-frame the program waits instead)\n",
        grouped(summary.merged_game_frames));
  }
  text += doubts_text(summary, figures);
  return text;
}

std::string next_text(const RunSummary& summary) {
  if (summary.reel.empty()) return "";
  return format("wrote {}      next: heapreel stats {} | heapreel frames {}\n", summary.reel, summary.reel,
                summary.reel);
}

}  // namespace heapreel::tools
