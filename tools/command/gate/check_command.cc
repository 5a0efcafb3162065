// `heapreel check`: whether a reel keeps to budgets.
#include <cstdio>
#include <optional>

#include "snapshot/budget/reel_judge.h"
#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/gate/budget_file.h"
#include "tools/command/gate/budget_result.h"
#include "tools/command/gate/gate_format.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/read/symbol_options.h"

namespace heapreel::tools {
namespace {

std::vector<OptionSpec> check_option_table() {
  std::vector<OptionSpec> options = {
      {"--budgets", "-b", "FILE", "budgets of tags, domains, threads and functions (TOML; see tools/README.md)"},
      {"--format", "", "FORMAT", format("{} (default text)", gate_format_names())},
      {"--json", "", "", "the same as --format json"},
  };
  for (OptionSpec& option : symbol_option_table()) options.push_back(std::move(option));
  return options;
}

// What was judged stays judged; what could not be read makes the whole incomplete.
GateResult judge_budgets(const Reel& reel, const std::optional<BudgetFile>& file) {
  ReelJudge judge(reel, file ? file->plan : BudgetPlan{});
  std::string unreadable_part;
  try {
    judge.run();
  } catch (const ReelError& error) {
    unreadable_part = error.what();
  }
  if (judge.judge().budgets().empty()) {
    throw usage_error(
        "check: there is nothing to check: the program declares no budgets (HEAPREEL_BUDGET), so give some with "
        "--budgets FILE");
  }
  GateResult result = budget_result(judge.judge(), file ? file->optional_names : std::vector<std::string>(), &reel);
  if (!unreadable_part.empty()) {
    result.incomplete = true;
    result.notes.push_back(format("not checked {}", unreadable_part));
  }
  return result;
}

ExitStatus check(const Arguments& arguments) {
  arguments.require_operands(1);
  const GateFormat& as = gate_format_from(arguments);
  std::optional<BudgetFile> file;
  if (const auto path = arguments.value("--budgets")) file = read_budget_file(*path);
  const std::string& path = arguments.operands()[0];
  const Reel reel = open_reel(path, symbol_options(arguments));
  GateResult result = judge_budgets(reel, file);
  for (const std::string& gap : gaps(reel.info())) {
    result.incomplete = true;
    result.notes.push_back(format("incomplete  {}", gap));
  }
  const GateSubject subject{.reel = path, .program = reel.info().header.program, .budgets = file ? file->path : ""};
  std::fputs(as.write(subject, result).c_str(), stdout);
  return result.status();
}

}  // namespace

CommandSpec check_command() {
  return {"check", "FILE [--budgets FILE]", "whether a recording keeps to budgets: a gate for CI", check_option_table,
          check};
}

}  // namespace heapreel::tools
