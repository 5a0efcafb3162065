#include "tools/command/gate/limit_text.h"

#include "tools/command/console/format.h"
#include "tools/command/console/joined.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {

std::string figure_text(BudgetFigure figure, uint64_t value) {
  switch (figure) {
    case BudgetFigure::kAllocs:
      return counted(value, "alloc");
    case BudgetFigure::kAllocBytes:
      return size_text(value) + " allocated";
    case BudgetFigure::kFrees:
      return counted(value, "free");
    case BudgetFigure::kLiveBytes:
      return size_text(value) + " live";
    case BudgetFigure::kLiveBlocks:
      return counted(value, "block") + " live";
    case BudgetFigure::kNewSites:
      return counted(value, "new call site");
    case BudgetFigure::kBlocksLeft:
      return counted(value, "block") + " left";
    case BudgetFigure::kBytesLeft:
      return size_text(value) + " left";
    case BudgetFigure::kPeakBytes:
      return size_text(value) + " live at once";
  }
  return "";
}

namespace {

// Without a value.
std::string figure_name(BudgetFigure figure) {
  switch (figure) {
    case BudgetFigure::kAllocs:
      return "allocs";
    case BudgetFigure::kAllocBytes:
      return "bytes allocated";
    case BudgetFigure::kFrees:
      return "frees";
    case BudgetFigure::kLiveBytes:
      return "bytes live";
    case BudgetFigure::kLiveBlocks:
      return "blocks live";
    case BudgetFigure::kNewSites:
      return "new call sites";
    case BudgetFigure::kBlocksLeft:
      return "blocks left";
    case BudgetFigure::kBytesLeft:
      return "bytes left";
    case BudgetFigure::kPeakBytes:
      return "bytes live at once";
  }
  return "";
}

}  // namespace

std::string limit_text(const BudgetLimit& limit) {
  const LimitInfo& info = limit_info(limit.kind);
  // A figure that is only observed has no limit.
  const std::string text =
      limit.most == UINT64_MAX ? figure_name(info.figure) : joined({"at most ", figure_text(info.figure, limit.most)});
  switch (info.measure) {
    case BudgetMeasure::kMost:
      return info.figure <= BudgetFigure::kFrees ? text + " per game frame" : text;
    case BudgetMeasure::kP99:
      return text + " per game frame in 99 of 100 game frames";
    case BudgetMeasure::kAverage:
      return text + " per game frame on average";
    case BudgetMeasure::kSum:
      return text;
    case BudgetMeasure::kGrowth:
      return text + " more than 100 game frames before";
  }
  return text;
}

std::string breach_text(const Budget& budget, const BudgetLimit& limit, const LimitVerdict& verdict,
                        const GameFrameNames& name) {
  const LimitInfo& info = limit_info(limit.kind);
  const std::string value = figure_text(info.figure, verdict.value);
  const std::string most = figure_text(info.figure, limit.most);
  if (info.figure == BudgetFigure::kBlocksLeft || info.figure == BudgetFigure::kBytesLeft) {
    return format(
        "{} in game frame {} of what was born between the marks {} and {}, the limit is {}; {} of {} times it "
        "is over it",
        value, name(verdict.worst_game_frame), budget.from_mark, budget.to_mark, most,
        grouped(verdict.game_frames_over), grouped(verdict.judged));
  }
  switch (info.measure) {
    case BudgetMeasure::kMost:
      return format("{} in game frame {}, the limit is {}; {} over it", value, name(verdict.worst_game_frame), most,
                    counted(verdict.game_frames_over, "game frame") + (verdict.game_frames_over == 1 ? " is" : " are"));
    case BudgetMeasure::kP99:
      return format("1 in 100 game frames has {} or more, the limit is {}; {} of {} game frames are over it", value,
                    most, grouped(verdict.game_frames_over), grouped(verdict.judged));
    case BudgetMeasure::kAverage:
      return format("{} per game frame on average (rounded up), the limit is {}; the most is in game frame {}", value,
                    most, name(verdict.worst_game_frame));
    case BudgetMeasure::kSum:
      return format("{}, the first in game frame {}, the limit is {}", value, name(verdict.first_game_frame), most);
    case BudgetMeasure::kGrowth:
      return format(
          "up to game frame {} at least {} more than in the 100 game frames before, the limit is {}; {} of {} "
          "times it is over it",
          name(verdict.worst_game_frame), value, most, grouped(verdict.game_frames_over), grouped(verdict.judged));
  }
  return "";
}

std::string not_judged_text(const Budget& budget, const BudgetLimit& limit, const LimitVerdict& verdict) {
  const LimitInfo& info = limit_info(limit.kind);
  std::string text = limit_text(limit) + ": ";
  if (info.figure == BudgetFigure::kBlocksLeft || info.figure == BudgetFigure::kBytesLeft) {
    if (verdict.judged != 0) return text + "the recording ends before the blocks are counted (settle_game_frames)";
    return text + format("the program never passed from the mark {} to the mark {}", budget.from_mark, budget.to_mark);
  }
  if (info.measure == BudgetMeasure::kGrowth && verdict.judged == 0) {
    return text + "this needs 200 game frames after the warm-up, and there are fewer";
  }
  if (verdict.judged == 0) return text + "no game frame ended that it applies to";
  if (verdict.undecided != 0) {
    return text + format("several threads used it at the same time, so that {} may have had more, up to {}",
                         counted(verdict.undecided, "game frame"), size_text(verdict.bound));
  }
  return text + "not everything in these game frames is known";
}

}  // namespace heapreel::tools
