// `heapreel stats`: the live heap at one moment, grouped, or by size.
#include <cstdio>

#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"
#include "tools/command/read/lifetime_table.h"
#include "tools/command/read/pattern_hint.h"
#include "tools/command/read/size_table.h"
#include "tools/command/read/statistics_view.h"
#include "tools/command/read/symbol_options.h"
#include "tools/command/read/symbol_report.h"
#include "tools/command/text/size_text.h"

namespace heapreel::tools {
namespace {

SizeBinning binning_from(const std::string& name) {
  if (name == "power-of-two") return SizeBinning::power_of_two;
  if (name == "mimalloc") return SizeBinning::mimalloc_class;
  throw usage_error(format("--sizes: unknown binning '{}'{} (power-of-two or mimalloc)", name,
                           nearest_hint(name, {"power-of-two", "mimalloc"})));
}

// A table of sizes has all blocks, and groups by nothing else.
void expect_no_groups(const Arguments& arguments) {
  for (const char* option : {"--by", "--cumulative", "--rows", "--depth", "--python-text"}) {
    if (!arguments.has(option)) continue;
    throw usage_error(format("stats: --sizes and {} exclude each other: all blocks are shown, by their sizes", option));
  }
}

// There is no state of a peak inside a game frame: the headline says how far the shown state is from it.
std::string headline(const Reel& reel, const std::string& spec, const Moment& moment, const std::string& born,
                     bool own) {
  std::string text = moment_text(reel, moment);
  if (spec == "peak") {
    text += format(" (highest at its end; peak {} inside game frame {})", size_text(reel.info().totals.peak_bytes),
                   game_frame_name(reel, reel.info().totals.peak_game_frame));
  }
  if (!born.empty()) text += format(", born in {}", born);
  if (own) text += ", without heaps of other domains";
  return text;
}

std::vector<OptionSpec> stats_option_table() {
  std::vector<OptionSpec> options = ViewOptions::option_table();
  options.push_back({"--born", "", "A..B", "only blocks born in these game frames"});
  options.push_back(
      {"--own", "", "", "no blocks that are memory of another allocator (domain), so that each byte counts once"});
  options.push_back({"--sizes", "", "BINS", "how large the blocks are, by power-of-two or by mimalloc's size classes"});
  options.push_back({"--lifetimes", "", "",
                     "how many game frames freed blocks had lived, up to that game frame, and the groups with the most "
                     "that died in their own"});
  return options;
}

void print_lifetimes(const Arguments& arguments, const ViewOptions& options, const Reel& reel, const std::string& path,
                     uint32_t game_frame) {
  for (const char* option : {"--sizes", "--born", "--own", "--python-text"}) {
    if (arguments.has(option)) throw usage_error(format("stats: --lifetimes and {} exclude each other", option));
  }
  try {
    std::fputs(lifetime_table(reel, path, game_frame, options).c_str(), stdout);
  } catch (const ReelError& damage) {
    throw unreadable(damage.what());
  }
  report_symbols(reel);
}

ExitStatus print_stats(const Arguments& arguments) {
  arguments.require_operands(1);
  const auto options = ViewOptions::from(arguments, KeyType::lineno);  // first, as it may throw a usage error
  const auto sizes = arguments.value("--sizes");
  const SizeBinning binning = sizes ? binning_from(*sizes) : SizeBinning::power_of_two;
  if (sizes) expect_no_groups(arguments);
  const auto [path, spec] = split_spec(arguments.operands()[0]);
  const Reel reel = open_reel(path, symbol_options(arguments));
  const std::string born = arguments.value("--born").value_or("");
  if (arguments.has("--lifetimes")) {
    print_lifetimes(arguments, options, reel, path, game_frame_of(reel, spec));
    return completeness(reel.info());
  }
  const Moment asked = moment_of(reel, spec);
  const Snapshot snapshot = options.view(reel, asked, born, arguments.has("--own"));
  const Moment shown{static_cast<uint32_t>(snapshot.game_frame()), asked.mark};

  StatisticsView view{.schema = sizes ? "heapreel.sizes/1" : "heapreel.stats/1",
                      .path = path,
                      .headline = headline(reel, spec, shown, born, arguments.has("--own")) + "   live",
                      .numbers = {{"game_frame", shown.game_frame}}};
  if (shown.mark) view.texts.emplace_back("mark", mark_name(reel, *shown.mark));
  if (!born.empty()) view.texts.emplace_back("born", born);
  // Cumulative groups share blocks, so that only a key with one group for each block adds up.
  view.groups =
      StatisticsView::groups_of(snapshot.statistics(options.cumulative || sizes ? KeyType::domain : options.key));
  view.sum_up();
  if (sizes) {
    const bool knows_slack = reel.info().header.allocator != "system";
    std::fputs(size_table_text(view, snapshot.size_histogram(binning), *sizes, knows_slack, options).c_str(), stdout);
  } else {
    if (options.cumulative) view.groups = StatisticsView::groups_of(snapshot.statistics(options.key, true));
    if (view.groups.empty()) view.hint = pattern_hint(arguments, options, reel, asked);
    std::fputs(view.text(options).c_str(), stdout);
  }
  report_symbols(reel);
  return completeness(reel.info());
}

}  // namespace

CommandSpec stats_command() {
  static constexpr Example examples[] = {
      {"heapreel stats game.reel@peak", "what was alive at the peak, by line of source"},
      {"heapreel stats --by function -n 5 --function 'Game::*' game.reel@190",
       "the five largest functions among those of a class"},
      {"heapreel stats --sizes mimalloc game.reel@peak", "how large the blocks are, and what rounding up wastes"},
  };
  return {.name = "stats",
          .operands = "FILE[@SPEC]",
          .help = "the live heap at a game frame or mark, largest groups first",
          .options = stats_option_table,
          .execute = print_stats,
          .notes = pattern_notes,
          .examples = examples};
}

}  // namespace heapreel::tools
