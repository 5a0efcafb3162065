#include "tools/command/run/budget_report.h"

#include <heapreel/skip_list.h>

#include <optional>

#include "snapshot/model/frame_picker.h"
#include "snapshot/reel/read/reel.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"
#include "tools/command/run/budget_sites.h"
#include "tools/command/text/site_text.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

std::string value_text(BudgetFigure figure, uint64_t value) {
  switch (figure) {
    case BudgetFigure::kAllocs:
      return counted(value, "alloc");
    case BudgetFigure::kAllocBytes:
      return size_text(value) + " allocated";
    case BudgetFigure::kLiveBytes:
      return size_text(value) + " live";
  }
  return "";
}

std::string top_site_text(const Reel& reel, const std::string& budget, BudgetFigure figure,
                          const BudgetBreach& breach) {
  const auto top = top_site(reel, budget, figure, breach);
  if (!top && is_budget_of_thread(budget)) {
    return "              its call sites are not known, because other threads allocated too and some of its own blocks "
           "were freed again: give its work a tag, and the tag a budget\n";
  }
  if (!top) return "";
  const Traceback& traceback = reel.source()->traceback(top->traceback);
  if (traceback.empty()) return "";
  FramePicker picker(SkipList::for_native_code());
  return format("              {}: {}\n", value_text(figure, top->value),
                site_lines(Traceback({picker.pick(traceback)}), 1).front());
}

std::string breach_text(const BudgetWatch& watch, size_t budget, BudgetFigure figure, const Reel* reel) {
  const NamedBudget& named = watch.budgets()[budget];
  const BudgetBreach& breach = watch.breach(budget, figure);
  if (breach.game_frames == 0) return "";
  std::string text = format("  over        {}: {} in game frame {}, the limit is {}; {} over it\n", named.name,
                            value_text(figure, breach.worst), breach.worst_game_frame,
                            value_text(figure, limit_of(named.limits, figure)),
                            counted(breach.game_frames, "game frame") + (breach.game_frames == 1 ? " is" : " are"));
  if (reel == nullptr) return text;
  try {
    text += top_site_text(*reel, named.name, figure, breach);
  } catch (const ReelError& error) {
    text += format("              its call sites cannot be read: {}\n", error.what());
  }
  return text;
}

// Null, and why in `text`, where there is no file to read: a pipe, or a reel that ended before its first game frame.
std::optional<Reel> opened(const std::string& path, std::string& text) {
  if (path.empty()) return std::nullopt;
  try {
    return Reel::open(path);
  } catch (const ReelError& error) {
    text += format("  call sites are not shown: {}\n", error.what());
    return std::nullopt;
  }
}

// A name that nothing had: no budget of it can be said to be kept.
bool is_missing(const BudgetWatch& watch, size_t budget) {
  return watch.budgets()[budget].required && !watch.is_known(budget);
}

std::string never_seen_text(const BudgetWatch& watch, const NamedBudget& budget) {
  const std::string why = is_budget_of_thread(budget.name) ? "no thread had this name when it first allocated or freed"
                                                           : "nothing in this run has this name";
  return format("  never seen  {}: {}{}{}\n", budget.name, why, nearest_hint(budget.name, watch.known_names()),
                budget.required ? "; check the name, or write `required = false` below it" : "");
}

}  // namespace

ExitStatus budget_status(const BudgetWatch& watch) {
  for (size_t budget = 0; budget < watch.budgets().size(); ++budget) {
    if (watch.is_broken(budget) || is_missing(watch, budget)) return kGateFailed;
  }
  return watch.unknown() != 0 || watch.judged() == 0 ? kIncomplete : kOk;
}

std::string budget_report(const BudgetWatch& watch, const std::string& reel) {
  size_t broken = 0;
  for (size_t budget = 0; budget < watch.budgets().size(); ++budget) broken += watch.is_broken(budget) ? 1 : 0;
  const bool all_are_known = watch.unknown() == 0 && watch.judged() != 0;
  size_t missing = 0;
  for (size_t budget = 0; budget < watch.budgets().size(); ++budget) missing += is_missing(watch, budget) ? 1 : 0;
  const size_t others = watch.budgets().size() - broken - missing;
  std::string text =
      format("  budgets     {} broken, {} {}{}, over {}\n", broken, others, all_are_known ? "kept" : "not checked",
             missing != 0 ? format(", {} of names that were never seen", missing) : std::string(),
             counted(watch.judged(), "game frame"));
  if (watch.unknown() != 0) {
    text += format("  not checked {} game frames, because they were merged or traces were cleared in them\n",
                   grouped(watch.unknown()));
  }
  if (watch.judged() + watch.unknown() == 0) text += "  not checked no game frame ended that the budgets apply to\n";
  std::optional<Reel> file;
  if (broken != 0) file = opened(reel, text);
  for (size_t budget = 0; budget < watch.budgets().size(); ++budget) {
    for (const BudgetFigure figure : kBudgetFigures)
      text += breach_text(watch, budget, figure, file ? &*file : nullptr);
    if (!watch.is_known(budget)) text += never_seen_text(watch, watch.budgets()[budget]);
  }
  return text;
}

}  // namespace heapreel::tools
