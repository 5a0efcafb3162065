#include "tools/command/gate/budget_result.h"

#include <heapreel/skip_list.h>

#include <algorithm>
#include <optional>

#include "snapshot/model/frame_picker.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"
#include "tools/command/gate/budget_sites.h"
#include "tools/command/gate/limit_text.h"
#include "tools/command/read/code_names.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/text/site_text.h"

namespace heapreel::tools {
namespace {

using State = GateFinding::State;

// Makes the findings of one judge.
class Report {
 public:
  Report(const BudgetJudge& judge, const std::vector<std::string>& optional_names, const Reel* reel)
      : judge_(judge), optional_names_(optional_names), reel_(reel), picker_(SkipList::for_native_code()) {}

  GateResult make() {
    for (size_t budget = 0; budget < judge_.budgets().size(); ++budget) add_budget(budget);
    // Broken budgets come first, because people look for them.
    std::ranges::stable_sort(result_.findings, {}, [](const GateFinding& finding) {
      return finding.state == State::kOver ? 0 : finding.state == State::kKept ? 2 : 1;
    });
    result_.summaries.push_back({"budgets", summary()});
    result_.incomplete = not_checked_ != 0 || judge_.judged() + judge_.unknown() == 0;
    add_notes();
    return std::move(result_);
  }

 private:
  void add_budget(size_t budget) {
    const Budget& given = judge_.budgets()[budget];
    // A later declaration took all of its limits away.
    if (given.limits.empty()) return;
    const BudgetVerdict verdict = judge_.verdict(budget);
    const bool required = given.required && std::ranges::find(optional_names_, given.name) == optional_names_.end();
    if (!verdict.seen) {
      add_never_seen(given, required);
      if (required) {
        ++missing_;
        return;
      }
    }
    if (const std::string mark = missing_mark(given); !mark.empty()) {
      add_missing_mark(given, mark, required);
      if (required) {
        ++missing_;
        return;
      }
    }
    ++(verdict.broken ? broken_ : verdict.complete || is_excused(given, required, verdict.seen) ? kept_ : not_checked_);
    for (const BudgetLimit& limit : given.limits) add_limit(budget, limit, is_excused(given, required, verdict.seen));
  }

  // Whether the budget may be without its name or its mark: what it limits cannot have exceeded it.
  bool is_excused(const Budget& budget, bool required, bool seen) const {
    return !required && (!seen || !missing_mark(budget).empty());
  }

  std::string missing_mark(const Budget& budget) const {
    for (const std::string* mark : {&budget.start.mark, &budget.from_mark, &budget.to_mark}) {
      if (!mark->empty() && std::ranges::find(judge_.marks(), *mark) == judge_.marks().end()) return *mark;
    }
    return "";
  }

  static GateFinding finding(const Budget& budget, State state) {
    GateFinding finding;
    finding.state = state;
    finding.name = budget.name;
    finding.by_program = budget.origin == BudgetOrigin::kProgram;
    finding.line = budget.line;
    return finding;
  }

  void add_never_seen(const Budget& budget, bool required) {
    GateFinding found = finding(budget, State::kNeverSeen);
    found.fails = required;
    found.rule = "name";
    const bool is_thread = BudgetName(budget.name).is_of_thread();
    found.message = format(
        "{}{}{}",
        is_thread ? "no thread had this name when it first allocated or freed" : "nothing in this run has this name",
        nearest_to(budget), required ? way_out(budget) : "");
    result_.findings.push_back(std::move(found));
  }

  std::string nearest_to(const Budget& budget) const {
    constexpr std::string_view kTag = "tag:";  // tags are written without one
    const BudgetName name(budget.name);
    if (name.is_of_code()) {
      if (reel_ == nullptr) return "";
      const std::string_view before = std::string_view(budget.name).substr(0, budget.name.find(':') + 1);
      return nearest_hint(name.text(), code_names(*reel_, name.kind()), before);
    }
    const bool says_tag = budget.name.starts_with(kTag);
    const std::string_view given = std::string_view(budget.name).substr(says_tag ? kTag.size() : 0);
    return nearest_hint(given, judge_.scopes().known_names());
  }

  void add_missing_mark(const Budget& budget, const std::string& mark, bool required) {
    GateFinding found = finding(budget, State::kNeverSeen);
    found.fails = required;
    found.rule = "mark";
    found.message = format("the program never passed the mark {}{}{}", mark, nearest_hint(mark, judge_.marks()),
                           required ? way_out(budget) : "");
    result_.findings.push_back(std::move(found));
  }

  static std::string way_out(const Budget& budget) {
    if (budget.origin != BudgetOrigin::kProgram) return "; check the name, or write `required = false` below it";
    return format(
        "; check the name in the program's HEAPREEL_BUDGET, or write [\"{}\"] and `required = false` in a file "
        "of budgets",
        budget.name);
  }

  void add_limit(size_t budget, const BudgetLimit& limit, bool excused) {
    const Budget& given = judge_.budgets()[budget];
    const LimitVerdict verdict = judge_.verdict(budget, limit.kind);
    const bool is_over = verdict.state == LimitVerdict::State::kBroken;
    const bool is_known = verdict.state != LimitVerdict::State::kNotJudged || excused;
    GateFinding found = finding(given, is_over ? State::kOver : is_known ? State::kKept : State::kNotChecked);
    found.fails = is_over;
    found.rule = std::string(limit_info(limit.kind).name);
    found.limit = limit.most;
    if (verdict.judged != 0) {
      found.value = verdict.value;
      found.game_frame = verdict.worst_game_frame;
    }
    found.game_frames_over = verdict.game_frames_over;
    found.message = is_over    ? breach_text(given, limit, verdict, names())
                    : is_known ? limit_text(limit)
                               : not_judged_text(given, limit, verdict);
    if (is_over && reel_ != nullptr) add_site(given, limit, verdict, found);
    // The budget's own finding says already that nothing could be checked.
    if (found.state == State::kNotChecked && judge_.unknown() != 0 && verdict.judged != 0 && verdict.undecided == 0)
      found.message = limit_text(limit);
    result_.findings.push_back(std::move(found));
  }

  GameFrameNames names() const {
    return [this](uint32_t game_frame) {
      return reel_ != nullptr ? game_frame_name(*reel_, game_frame) : std::to_string(game_frame);
    };
  }

  void add_site(const Budget& budget, const BudgetLimit& limit, const LimitVerdict& verdict, GateFinding& found) {
    try {
      const BudgetFigure figure = limit_info(limit.kind).figure;
      const auto top = top_site(*reel_, judge_.scopes().ignores(), budget, limit, verdict);
      if (!top && BudgetName(budget.name).is_of_thread()) {
        found.details.emplace_back(
            "its call sites are not known, because other threads allocated too and some of its own blocks were freed "
            "again: give its work a tag, and the tag a budget");
      }
      if (!top) return;
      const Traceback& traceback = reel_->source()->traceback(top->traceback);
      if (traceback.empty()) return;
      found.site = picker_.pick(traceback);
      found.details.push_back(
          format("{}: {}", figure_text(figure, top->value), site_lines(Traceback({*found.site}), 1).front()));
    } catch (const ReelError& error) {
      found.details.push_back(format("its call sites cannot be read: {}", error.what()));
    }
  }

  std::string summary() const {
    std::string text = format("{} broken, {} kept", broken_, kept_);
    if (not_checked_ != 0) text += format(", {} not checked", not_checked_);
    if (missing_ != 0) text += format(", {} of names that were never seen", missing_);
    return text + format(", over {}", counted(judge_.judged(), "game frame"));
  }

  void add_notes() {
    if (judge_.unknown() != 0) {
      result_.notes.push_back(
          format("not checked {}, because they were merged or traces were cleared in them "
                 "(run --every-game-frame lets the program wait instead of merging)",
                 counted(judge_.unknown(), "game frame")));
    }
    if (judge_.judged() + judge_.unknown() == 0) {
      result_.notes.emplace_back("not checked no game frame ended that the budgets apply to");
    }
    const auto& ignores = judge_.scopes().ignores();
    for (size_t ignore = 0; ignore < ignores.size(); ++ignore) {
      if (judge_.scopes().ignored_sites(ignore) != 0) continue;
      result_.notes.push_back(format("unused      the ignore in line {} ({}) matches nothing in this run: take it out",
                                     ignores[ignore].line, ignores[ignore].reason));
    }
  }

  const BudgetJudge& judge_;
  const std::vector<std::string>& optional_names_;
  const Reel* const reel_;
  FramePicker picker_;
  GateResult result_;
  size_t broken_ = 0, kept_ = 0, not_checked_ = 0, missing_ = 0;
};

}  // namespace

GateResult budget_result(const BudgetJudge& judge, const std::vector<std::string>& optional_names, const Reel* reel) {
  return Report(judge, optional_names, reel).make();
}

}  // namespace heapreel::tools
