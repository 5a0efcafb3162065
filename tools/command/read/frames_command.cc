// `heapreel frames`: what each game frame allocated and freed, of the whole program or of a part of it.
#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/read/first_game_frame.h"
#include "tools/command/read/game_frame_figure.h"
#include "tools/command/read/game_frame_page.h"
#include "tools/command/read/game_frame_table.h"
#include "tools/command/read/group_timeline.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/read/symbol_options.h"

namespace heapreel::tools {
namespace {

// When a whole reel has more game frames than this, it is shown as a page of ranges, with the busiest game frames.
constexpr uint64_t kMostRows = 40;
constexpr uint64_t kBusiest = 10;

struct PartOption {
  const char* name;
  const char* prefix;  // of a budget's name
};
constexpr PartOption kParts[] = {
    {"--tag", ""}, {"--domain", "domain:"}, {"--thread", "thread:"}, {"--function", "function:"}};

std::vector<OptionSpec> frames_option_table() {
  std::vector<OptionSpec> options = {
      {"--rows", "-n", "N", "show the N game frames with the most allocations, or the most of what --by says"},
      {"--top", "", "N", "the same as --rows"},
      {"--by", "", "FIGURE",
       format("with --rows: the figure of which these game frames have the most: {}", game_frame_figure_names())},
      {"--all", "-a", "", "show all game frames"},
      {"--tag", "", "NAME", "count only this tag and those below it, instead of the whole program"},
      {"--domain", "", "NAME", "count only this domain"},
      {"--thread", "", "NAME", "count all threads of this name together"},
      {"--function", "", "PATTERN",
       "count what this function allocates, and what the functions that it calls allocate"},
      {"--first", "", "QUESTION",
       "the first game frame in which something holds, with the mark before it: 'domain:AI live > 10MiB', 'allocs >= "
       "1000'"},
      {"--json", "", "", "print JSON, integers in bytes"},
  };
  for (OptionSpec& option : symbol_option_table()) options.push_back(std::move(option));
  return options;
}

// The part's name in the form of a budget's; "*" for the whole program.
std::string part_of(const Arguments& arguments) {
  std::string part;
  for (const PartOption& option : kParts) {
    const auto name = arguments.value(option.name);
    if (!name) continue;
    if (!part.empty()) throw usage_error("frames: --tag, --domain, --thread and --function exclude each other");
    if (name->empty()) throw usage_error(format("frames: {}: the name is empty", option.name));
    part = option.prefix + *name;
  }
  return part.empty() ? "*" : part;
}

void check_options(const Arguments& arguments) {
  if (arguments.operands().size() != 2) arguments.require_operands(1);
  const bool has_rows = arguments.has("--rows") || arguments.has("--top");
  if (arguments.has("--rows") && arguments.has("--top"))
    throw usage_error("frames: --rows and --top are two names of one option: give one of them");
  if (arguments.has("--all") && has_rows) throw usage_error("frames: --all and --rows exclude each other");
  if (arguments.has("--by") && !has_rows)
    throw usage_error("frames: --by says what the rows of --rows N have the most of: give --rows N too");
  if (!arguments.has("--first")) return;
  for (const char* option : {"--rows", "--top", "--by", "--all", "--tag", "--domain", "--thread", "--function"}) {
    if (arguments.has(option)) {
      throw usage_error(
          format("frames: --first and {} exclude each other: the question names what it is about", option));
    }
  }
}

// The range that the operands name; nothing when they name the whole reel.
std::optional<std::pair<uint32_t, uint32_t>> named_range(const Arguments& arguments, const Reel& reel,
                                                         const std::string& path, const std::string& spec) {
  const bool names_one = path != arguments.operands()[0];
  if (names_one) return std::pair(game_frame_of(reel, spec), game_frame_of(reel, spec));
  if (arguments.operands().size() == 2) return game_frame_range(reel, arguments.operands()[1]);
  return std::nullopt;
}

uint64_t number_of_rows(const Arguments& arguments) {
  return arguments.number(arguments.has("--top") ? "--top" : "--rows", 0, UINT32_MAX, UINT32_MAX);
}

ExitStatus print_frames(const Arguments& arguments) {
  check_options(arguments);
  // FILE@10 is the range of one game frame.
  const auto [path, spec] = split_spec(arguments.operands()[0]);
  if (path != arguments.operands()[0] && arguments.operands().size() == 2) {
    throw usage_error(format("frames: {} names a game frame, and {} a range: give one of them", arguments.operands()[0],
                             arguments.operands()[1]));
  }
  const std::string part = part_of(arguments);
  const bool is_json = arguments.has("--json");
  const Reel reel = open_reel(path, symbol_options(arguments));
  const auto range = named_range(arguments, reel, path, spec);
  const auto [first, last] = range.value_or(std::pair(uint32_t{0}, UINT32_MAX));
  if (const auto text = arguments.value("--first")) {
    const auto question = GameFrameQuestion::from(*text);
    const FirstGameFrame answer = first_game_frame(reel, question, first, last);
    std::fputs(
        (is_json ? first_game_frame_json(path, reel, question, answer) : first_game_frame_text(reel, question, answer))
            .c_str(),
        stdout);
    return completeness(reel.info());
  }
  std::vector<GameFrameRow> rows = game_frames_of(reel, part);
  std::erase_if(
      rows, [first = first, last = last](const GameFrameRow& row) { return row.number < first || row.number > last; });
  const bool is_page = !is_json && !range && !arguments.has("--all") && !arguments.has("--rows") &&
                       !arguments.has("--top") && rows.size() > kMostRows;
  if (is_page) std::fputs((game_frame_page(reel, rows) + "\n").c_str(), stdout);
  const GameFrameFigure& by = game_frame_figure("frames: --by", arguments.value("--by").value_or("allocs"));
  const auto view = GameFrameView::of(std::move(rows), is_page ? kBusiest : number_of_rows(arguments), by.value);
  std::fputs((is_json ? game_frame_json(path, part, reel, view) : game_frame_table(reel, view)).c_str(), stdout);
  return completeness(reel.info());
}

}  // namespace

CommandSpec frames_command() {
  static constexpr Example examples[] = {
      {"heapreel frames game.reel", "the whole run on one page"},
      {"heapreel frames game.reel 248..252", "each of five game frames"},
      {"heapreel frames game.reel --first 'live > 2MiB'", "the first game frame that ended with more than 2 MiB"},
  };
  return {.name = "frames",
          .operands = "FILE[@SPEC] [A..B]",
          .help = "what each game frame allocated and freed, and percentiles",
          .options = frames_option_table,
          .execute = print_frames,
          .examples = examples,
          .instead = "`heapreel diff FILE@A FILE@B --churn` groups what some game frames allocated and freed"};
}

}  // namespace heapreel::tools
