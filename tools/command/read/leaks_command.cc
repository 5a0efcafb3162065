// `heapreel leaks`: blocks by when they were born and when they were freed.
#include <heapreel/lifetimes.h>
#include <heapreel/size_text.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/console/nearest_name.h"
#include "tools/command/read/pattern_hint.h"
#include "tools/command/read/statistics_view.h"
#include "tools/command/read/symbol_options.h"
#include "tools/command/read/symbol_report.h"

namespace heapreel::tools {
namespace {

constexpr const char* kLetters[] = {"A", "B", "C", "D"};

std::string game_frames_text(const LifetimeRuleInfo& info) {
  std::string text;
  for (int i = 0; i < info.game_frames; ++i) text += format("{}{}", i == 0 ? "" : " ", kLetters[i]);
  return text;
}

LifetimeRule rule_from(const std::string& name) {
  try {
    return lifetime_rule_from_string(name);
  } catch (const std::invalid_argument&) {
    std::vector<std::string> names;
    for (const LifetimeRuleInfo& info : lifetime_rules()) names.emplace_back(info.name);
    throw usage_error(
        format("--rule: unknown rule '{}'{} (see `heapreel help leaks`)", name, nearest_hint(name, names)));
  }
}

StatisticsView rule_view(const Arguments& arguments, const ViewOptions& options, LifetimeRule rule, const Reel& reel,
                         const std::string& path) {
  const LifetimeRuleInfo& info = lifetime_rule_info(rule);
  StatisticsView view{.schema = "heapreel.lifetimes/1", .path = path};
  view.are_live = false;
  view.texts.emplace_back("rule", info.name);
  uint64_t numbers[4] = {};
  for (int i = 0; i < info.game_frames; ++i) {
    numbers[i] = game_frame_of(reel, arguments.operands()[static_cast<size_t>(i) + 1]);
    view.numbers.emplace_back(format("{}", static_cast<char>('a' + i)), numbers[i]);
  }
  view.headline = std::string(info.name);
  for (int i = 0; i < info.game_frames; ++i) view.headline += format(" {}={}", kLetters[i], numbers[i]);
  view.headline += format(" ({})  ", info.meaning);

  const uint32_t first = reel.game_frames().front().number;
  const SnapshotAtEndOf at_end_of = [&](uint64_t game_frame) -> std::optional<Snapshot> {
    if (game_frame < first) return std::nullopt;
    return options.view(reel, {static_cast<uint32_t>(game_frame)}, "");
  };
  const uint64_t last = game_frame_of(reel, "end");
  const auto answer = [&](KeyType key, bool cumulative) {
    return lifetimes(rule, {numbers[0], numbers[1], numbers[2], numbers[3]}, last, at_end_of, key, cumulative);
  };
  try {
    for (const LifetimeStatistic& row : answer(KeyType::domain, false)) {
      view.size += row.size;
      view.count += row.count;
    }
    for (const LifetimeStatistic& row : answer(options.key, options.cumulative)) {
      view.groups.push_back({row.traceback, row.size, row.count, row.to_string()});
    }
  } catch (const std::invalid_argument& error) {
    throw usage_error(format("leaks: {}", error.what()));
  }
  return view;
}

// The blocks that are listed: born in some game frames, and alive at another one.
struct LeakQuestion {
  std::string born;
  Moment at;
  std::string why;  // how the moment was chosen; empty when the user named it
};

// What the user asked for with --born and --at, or else what finds leaks in most programs. In a game these are the
// blocks that were allocated after its first game frame and live at its last mark, or, where there is no mark, at its
// last game frame before it shut down. In a program without game frames of its own they are the blocks that live when
// it ends.
LeakQuestion question_of(const Arguments& arguments, const Reel& reel) {
  const auto named = arguments.value("--at");
  if (arguments.has("--born")) return {*arguments.value("--born"), moment_of(reel, named.value_or("end")), ""};
  const std::string& by = reel.info().end.costs.game_frames_by;
  const bool has_own = !by.empty() && by != "timer";
  LeakQuestion question;
  const auto& rows = reel.game_frames();
  const auto last = std::ranges::find_if(rows.rbegin(), rows.rend(), [](const auto& row) { return !row.partial; });
  if (!named && has_own && !reel.marks().empty()) {
    question.at = moment_of(reel, format_exact("mark:{}#-1", reel.marks().back().name));
    question.why = question.at.mark ? "the last mark" : format("the mark {}", reel.marks().back().name);
  } else if (!named && has_own && last != rows.rend()) {
    question.at = {last->number};
    question.why = "the last before it shut down";
  } else {
    question.at = moment_of(reel, named.value_or("end"));
  }
  const uint32_t first = std::max(has_own ? 1u : 0u, rows.front().number);
  const uint32_t at = question.at.game_frame;
  question.born = format("{}..{}", game_frame_name(reel, std::min(first, at)), game_frame_name(reel, at));
  return question;
}

// What became of the blocks until the program ended. Whether a block of a mark's own game frame was born before the mark is
// not known at the end: these are left out.
void tell_of_shutdown(const Reel& reel, const ViewOptions& options, const LeakQuestion& question, const Moment& shown,
                      StatisticsView& view) {
  const uint32_t end = game_frame_of(reel, "end");
  if (shown.game_frame == end && !shown.mark) return;
  auto [first, last] = game_frame_range(reel, question.born);
  if (shown.mark && last == shown.game_frame) {
    if (last == first) return;
    --last;
  }
  const std::string born = format("{}..{}", game_frame_name(reel, first), game_frame_name(reel, last));
  const auto live_at = [&](const Moment& moment) {
    StatisticsView sums;
    sums.groups = StatisticsView::groups_of(options.view(reel, moment, born).statistics(KeyType::domain));
    sums.sum_up();
    return sums;
  };
  const StatisticsView left = live_at({end});
  view.numbers.emplace_back("live_blocks_at_end", static_cast<uint64_t>(left.count));
  view.numbers.emplace_back("live_bytes_at_end", static_cast<uint64_t>(left.size));
  if (shown.mark) view.texts.emplace_back("born_at_end", born);
  const auto all = static_cast<uint64_t>(shown.mark ? live_at(shown).count : view.count);
  const auto never = static_cast<uint64_t>(left.count);
  view.after =
      format("\n{} of these {}{} were freed later, up to the end of the program; {} never were ({})\n",
             grouped(all - std::min(all, never)), counted(all, "block"), shown.mark ? format(" born in {}", born) : "",
             grouped(never), format_size(static_cast<double>(left.size)));
}

StatisticsView born_view(const Arguments& arguments, const ViewOptions& options, const Reel& reel,
                         const std::string& path) {
  const LeakQuestion question = question_of(arguments, reel);
  if (const auto range = game_frame_range(reel, question.born); range.second > question.at.game_frame) {
    throw usage_error(format("leaks: --at {} comes before the end of --born {}",
                             game_frame_name(reel, question.at.game_frame), question.born));
  }
  const Snapshot snapshot = options.view(reel, question.at, question.born);
  const Moment shown{static_cast<uint32_t>(snapshot.game_frame()), question.at.mark};
  StatisticsView view{.schema = "heapreel.leaks/1",
                      .path = path,
                      .headline = format("{}{}, born in {}   live", moment_text(reel, shown),
                                         question.why.empty() ? "" : format(" ({})", question.why), question.born),
                      .numbers = {{"game_frame", shown.game_frame}},
                      .texts = {{"born", question.born}}};
  if (shown.mark) view.texts.emplace_back("mark", mark_name(reel, *shown.mark));
  view.groups = StatisticsView::groups_of(snapshot.statistics(KeyType::domain));
  view.sum_up();
  view.groups = StatisticsView::groups_of(snapshot.statistics(options.key, options.cumulative));
  if (!question.why.empty()) tell_of_shutdown(reel, options, question, shown, view);
  if (still_at(reel, shown)->block_count() == 0) {
    view.hint = format(
        "no block is live at {}: the program had freed everything. Ask for an earlier moment, "
        "such as --at peak or the last game frame before the program cleaned up",
        shown.mark ? moment_text(reel, shown) : format("the end of {}", moment_text(reel, shown)));
  }
  if (view.groups.empty() && view.hint.empty()) view.hint = pattern_hint(arguments, options, reel, shown);
  return view;
}

std::vector<OptionSpec> leaks_option_table() {
  std::vector<OptionSpec> options = {
      {"--born", "", "A..B",
       "game frames, or marks, between which the blocks were born (default after the program's first game frame)"},
      {"--at", "", "C",
       "mark at which, or game frame at whose end, the blocks are still live (default end; without --born the last "
       "mark, "
       "or the last game frame before the program shut down)"},
      {"--rule", "", "NAME",
       "use a rule of births and deaths instead of --born and --at; its game frames are operands"},
  };
  for (OptionSpec& option : ViewOptions::option_table()) options.push_back(std::move(option));
  return options;
}

std::string leaks_notes() {
  std::string text =
      "rules, for the game frames A to D (numbers, peak, end, or a mark: mark:NAME, mark:NAME#2, mark:NAME+30):\n";
  for (const LifetimeRuleInfo& info : lifetime_rules()) {
    text += format("  {:<32}{}\n", format("{} {}", info.name, game_frames_text(info)), info.meaning);
  }
  text += "\nA realloc ends one block and begins another. A range includes both of its game frames.\n\n";
  text += pattern_notes();
  return text;
}

ExitStatus print_leaks(const Arguments& arguments) {
  const auto options = ViewOptions::from(arguments, KeyType::lineno);
  const auto rule_name = arguments.value("--rule");
  const bool has_born = !arguments.value("--born").value_or("").empty();
  if (rule_name && (has_born || arguments.has("--at"))) {
    throw usage_error("leaks: --rule takes its game frames as operands, not --born and --at");
  }
  const auto rule = rule_name ? rule_from(*rule_name) : LifetimeRule::memory_leaks;
  if (rule_name) {
    const LifetimeRuleInfo& info = lifetime_rule_info(rule);
    if (arguments.operands().size() != static_cast<size_t>(info.game_frames) + 1) {
      throw usage_error(format("leaks: usage: heapreel leaks FILE --rule {} {}", info.name, game_frames_text(info)));
    }
    if (info.counts_dead_blocks) expect_sites_only(arguments, format("leaks: --rule {}", info.name));
  } else {
    arguments.require_operands(1);
    if (arguments.has("--born") && !has_born) throw usage_error("leaks: --born: expected a range of game frames, A..B");
  }
  const std::string& path = arguments.operands()[0];
  const Reel reel = open_reel(path, symbol_options(arguments));
  StatisticsView view =
      rule_name ? rule_view(arguments, options, rule, reel, path) : born_view(arguments, options, reel, path);
  if (rule_name && view.groups.empty()) {
    view.hint = pattern_hint(arguments, options, reel, moment_of(reel, "end"));
  }
  std::fputs(view.text(options).c_str(), stdout);
  report_symbols(reel);
  return completeness(reel.info());
}

}  // namespace

CommandSpec leaks_command() {
  static constexpr Example examples[] = {
      {"heapreel leaks game.reel", "what leaked, by line of source"},
      {"heapreel leaks game.reel --born 100..190 --at 250",
       "what was born in these game frames and lives at game frame 250"},
      {"heapreel leaks game.reel --rule short-living 100 110", "what was born and freed in between"},
  };
  return {
      .name = "leaks",
      .operands = "FILE [--born A..B] [--at C] | FILE --rule NAME A [B [C [D]]]",
      .help = "blocks that were born in some game frames and are still live at another; without options: what leaked",
      .options = leaks_option_table,
      .execute = print_leaks,
      .notes = leaks_notes,
      .examples = examples};
}

}  // namespace heapreel::tools
