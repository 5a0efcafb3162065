// `heapreel check`: whether a reel keeps to budgets.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

#include "snapshot/budget/reel_judge.h"
#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/gate/baseline_result.h"
#include "tools/command/gate/budget_file.h"
#include "tools/command/gate/budget_result.h"
#include "tools/command/gate/gate_format.h"
#include "tools/command/gate/percentage.h"
#include "tools/command/gate/suggested_budgets.h"
#include "tools/command/gate/tightened_budgets.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/read/symbol_options.h"

namespace heapreel::tools {
namespace {

std::vector<OptionSpec> check_option_table() {
  std::vector<OptionSpec> options = {
      {"--budgets", "-b", "FILE",
       "budgets of tags, domains, threads and functions (TOML; see tools/BUDGETS.md); `declared`: the program's own "
       "alone"},
      {"--baseline", "", "FILE", "compare with this reel of an earlier build, call site by call site"},
      {"--max-growth", "", "PERCENT", "with --baseline: how much a call site, or all together, may grow (default 5%)"},
      {"--min-growth", "", "BYTES", "with --baseline: changes below this many bytes in all do not count (default 1K)"},
      {"--bisect", "", "", "exit with 125 where the recording cannot tell, so that git bisect run skips the build"},
      {"--suggest", "", "", "print a file of budgets that the recordings keep to; several files may be given"},
      {"--tighten", "", "",
       "print the file of --budgets with lower limits where the recordings need less; several files may be given"},
      {"--headroom", "", "PERCENT", "with --suggest and --tighten: what to add to what was used (default 10%)"},
      {"--first-game-frame", "", "N",
       "with --suggest and --baseline: game frames before N are the warm-up (default 1 and 0; or mark:NAME, "
       "mark:NAME+N)"},
      {"--output", "-o", "FILE", "with --suggest and --tighten: write to FILE"},
      {"--force", "-f", "", "overwrite FILE"},
      {"--format", "", "FORMAT", format("{} (default text)", gate_format_names())},
      {"--json", "", "", "the same as --format json"},
  };
  for (OptionSpec& option : symbol_option_table()) options.push_back(std::move(option));
  return options;
}

// What has been judged stays; when something cannot be read, the result is incomplete.
GateResult judge_budgets(const Reel& reel, const std::optional<BudgetFile>& file) {
  ReelJudge judge(reel, file ? file->plan : BudgetPlan{});
  std::string unreadable_part;
  try {
    judge.run();
  } catch (const ReelError& error) {
    unreadable_part = error.what();
  }
  if (judge.judge().budgets().empty()) return {};
  GateResult result = budget_result(judge.judge(), file ? file->optional_names : std::vector<std::string>(), &reel);
  if (!unreadable_part.empty()) {
    result.incomplete = true;
    result.notes.push_back(format("not checked {}", unreadable_part));
  }
  return result;
}

// Refuses options that have no meaning beside the others.
void check_gate_options(const Arguments& arguments) {
  const bool makes_file = arguments.has("--suggest") || arguments.has("--tighten");
  if (arguments.has("--suggest") && arguments.has("--tighten")) {
    throw usage_error("check: --suggest and --tighten exclude each other");
  }
  if (arguments.has("--tighten") && !arguments.has("--budgets")) {
    throw usage_error("check: --tighten needs a file to tighten: --budgets FILE");
  }
  if (arguments.has("--suggest") && arguments.has("--budgets")) {
    throw usage_error("check: --suggest makes a file of budgets, and needs none");
  }
  for (const char* option : {"--baseline", "--format", "--json", "--bisect"}) {
    if (makes_file && arguments.has(option)) {
      throw usage_error(format("check: {} goes neither with --suggest nor with --tighten", option));
    }
  }
  for (const char* option : {"--headroom", "--output", "--force"}) {
    if (!makes_file && arguments.has(option)) {
      throw usage_error(format("check: {}: only together with --suggest or --tighten", option));
    }
  }
  if (arguments.has("--first-game-frame") && !arguments.has("--suggest") && !arguments.has("--baseline")) {
    throw usage_error(
        "check: --first-game-frame: only together with --suggest or --baseline; a file of budgets says it itself");
  }
  if (arguments.has("--force") && !arguments.has("--output"))
    throw usage_error("check: --force replaces a file: name one with --output");
  for (const char* option : {"--max-growth", "--min-growth"}) {
    if (arguments.has(option) && !arguments.has("--baseline")) {
      throw usage_error(format("check: {} needs a baseline to compare with: --baseline FILE", option));
    }
  }
  if (!makes_file) arguments.require_operands(1);
  if (arguments.operands().empty()) arguments.require_operands(1);
}

BudgetStart start_of(const Arguments& arguments, BudgetStart otherwise) {
  const auto text = arguments.value("--first-game-frame");
  if (!text) return otherwise;
  if (const auto start = budget_start_from(*text)) return *start;
  throw usage_error(
      format("check: --first-game-frame: '{}': expected the number of a game frame, mark:NAME or mark:NAME+30", *text));
}

GateResult compare(const Arguments& arguments, const Reel& reel, const std::optional<BudgetFile>& file) {
  GrowthLimit limit;
  if (const auto most = arguments.value("--max-growth"))
    limit.most_basis_points = basis_points_from("--max-growth", *most);
  limit.least_bytes = arguments.bytes("--min-growth", 0, limit.least_bytes);
  const std::string path = *arguments.value("--baseline");
  const Reel baseline = open_reel(path, symbol_options(arguments));
  const BudgetStart start = start_of(arguments, file ? file->plan.start : BudgetStart{});
  const BuildSites before = BuildSites::of(baseline, start);
  const BuildSites after = BuildSites::of(reel, start);
  if (before.sites.empty()) throw CommandError(kIncomplete, format("{}: the baseline has no allocation", path));
  GateResult result = baseline_result(before, after, limit);
  for (const std::string& gap : gaps(baseline.info())) {
    result.incomplete = true;
    result.notes.push_back(format("incomplete  the baseline: {}", gap));
  }
  return result;
}

GateResult checked(const Arguments& arguments) {
  const GateFormat& as = gate_format_from(arguments);
  std::optional<BudgetFile> file;
  if (const auto budgets = arguments.value("--budgets")) file = budgets_of_option(*budgets);
  const std::string& path = arguments.operands()[0];
  const Reel reel = open_reel(path, symbol_options(arguments));
  GateResult result = judge_budgets(reel, file);
  if (arguments.has("--baseline")) result.add(compare(arguments, reel, file));
  if (result.summaries.empty()) {
    throw usage_error(
        "check: there is nothing to check: the program declares no budgets (HEAPREEL_BUDGET), so give some with "
        "--budgets FILE, or an earlier recording with --baseline FILE");
  }
  for (const std::string& gap : gaps(reel.info())) {
    result.incomplete = true;
    result.notes.push_back(format("incomplete  {}", gap));
  }
  const GateSubject subject{.reel = path, .program = reel.info().header.program, .budgets = file ? file->path : ""};
  std::fputs(as.write(subject, result).c_str(), stdout);
  return result;
}

// `git bisect run` takes 0 for a good build, 125 for one that cannot be judged, and any other status below 128 for a
// bad one.
ExitStatus status_for_bisect(const GateResult& result) {
  const ExitStatus status = result.status();
  const bool is_bad = result.status_unasked() == kGateFailed;
  return is_bad || status == kOk ? status : kSkipped;
}

// Writes the result to the file of --output, or to standard output.
void put(const Arguments& arguments, const std::string& text) {
  const auto path = arguments.value("--output");
  for (const std::string& reel : arguments.operands()) expect_another_file(path.value_or(""), reel);
  if (!path) {
    std::fputs(text.c_str(), stdout);
    return;
  }
  if (!arguments.has("--force") && std::filesystem::exists(*path)) {
    throw usage_error(format("check: {}: exists already: name another file, or overwrite it with -f", *path));
  }
  std::ofstream file(*path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) throw unreadable(format("{}: cannot be written", *path));
}

ExitStatus make_file(const Arguments& arguments) {
  Headroom headroom;
  if (const auto share = arguments.value("--headroom")) headroom.basis_points = basis_points_from("--headroom", *share);
  const BudgetStart start = start_of(arguments, {.number = 1});
  std::vector<Reel> reels;
  for (const std::string& path : arguments.operands()) reels.push_back(open_reel(path, symbol_options(arguments)));
  if (arguments.has("--suggest")) {
    put(arguments, suggested_budgets(reels, start, headroom));
    return kOk;
  }
  const BudgetFile file = read_budget_file(*arguments.value("--budgets"));
  // Broken limits are not tightened, because that would hide that something grew.
  for (size_t reel = 0; reel < reels.size(); ++reel) {
    const GateResult result = judge_budgets(reels[reel], file);
    if (result.status() == kOk) continue;
    std::fputs((format("{}: {}\n", arguments.operands()[reel], verdict_text(result)) + gate_text(result)).c_str(),
               stderr);
    return result.status();
  }
  const TightenedBudgets tightened = tightened_budgets(file, reels, headroom);
  put(arguments, tightened.text);
  std::fputs(format("{}: {} lowered\n", file.path, counted(tightened.lowered, "limit")).c_str(), stderr);
  return kOk;
}

ExitStatus check(const Arguments& arguments) {
  check_gate_options(arguments);
  if (arguments.has("--suggest") || arguments.has("--tighten")) return make_file(arguments);
  if (!arguments.has("--bisect")) return checked(arguments).status();
  try {
    return status_for_bisect(checked(arguments));
  } catch (const CommandError& error) {
    throw CommandError(error.status() == kUsage ? kBisectEnds : kSkipped, error.what());
  }
}

}  // namespace

CommandSpec check_command() {
  static constexpr Example examples[] = {
      {"heapreel check game.reel --suggest -o memory.toml", "write budgets that this recording keeps to"},
      {"heapreel check game.reel --budgets memory.toml", "whether a recording keeps to them"},
      {"heapreel check game.reel --baseline old.reel --format github",
       "what grew since an earlier build, as notes of a pull request"},
  };
  return {.name = "check",
          .operands = "FILE [--budgets FILE] [--baseline FILE] | FILE... --suggest | FILE... --budgets FILE --tighten",
          .help = "whether a recording keeps to budgets, and what grew since another: a gate for CI",
          .options = check_option_table,
          .execute = check,
          .examples = examples};
}

}  // namespace heapreel::tools
