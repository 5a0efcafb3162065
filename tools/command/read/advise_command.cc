// `heapreel advise`: what could be allocated by an arena or a pool, what is rounded up, and what keeps pages.
#include <heapreel/errors.h>

#include <algorithm>
#include <cstdio>

#include "snapshot/advice/heap_advice.h"
#include "snapshot/statistics/size_bins.h"
#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/read/advice_text.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/read/symbol_options.h"
#include "tools/command/read/symbol_progress.h"
#include "tools/command/read/symbol_report.h"

namespace heapreel::tools {
namespace {

std::vector<OptionSpec> advise_option_table() {
  std::vector<OptionSpec> options = {
      {"--rows", "-n", "N", "show the first N sites of each table (default 10)"},
      {"--code", "", "", "print C++ for the arena and the pools instead of tables"},
      {"--json", "", "", "print JSON, integers in bytes"},
  };
  for (OptionSpec& option : symbol_option_table()) options.push_back(std::move(option));
  return options;
}

// Without a range: all whole game frames except the first, which has the program's start.
std::pair<uint32_t, uint32_t> range_of(const Arguments& arguments, const Reel& reel) {
  if (arguments.operands().size() == 2) {
    const auto [first, last] = game_frame_range(reel, arguments.operands()[1]);
    return {first, shown_game_frame(reel, last)};
  }
  const uint32_t last = game_frame_of(reel, "end");
  return {std::min(reel.game_frames().front().number + 1, last), last};
}

ExitStatus print_advice(const Arguments& arguments) {
  if (arguments.operands().size() != 2) arguments.require_operands(1);
  if (arguments.has("--code") && arguments.has("--json")) {
    throw usage_error("advise: --code and --json exclude each other");
  }
  const std::string& path = arguments.operands()[0];
  const uint64_t rows = arguments.number("--rows", 0, UINT32_MAX, arguments.has("--json") ? UINT32_MAX : 10);
  const Reel reel = open_reel(path, symbol_options(arguments));
  const auto [first, last] = range_of(arguments, reel);
  AdviceView view{.path = path, .reel = reel, .advice = {}, .rows = rows};
  try {
    view.advice = advise(reel, first, last, progress_of_replay());
  } catch (const ReelError& error) {
    throw unreadable(error.what());
  }
  const std::string text = arguments.has("--json")   ? view.json_text()
                           : arguments.has("--code") ? view.code_text()
                                                     : view.table_text();
  std::fputs(text.c_str(), stdout);
  report_symbols(reel);
  return completeness(reel.info());
}

std::string advise_notes() {
  return "Frame arena: sites all of whose blocks are freed in the game frame that allocated them, by the thread that\n"
         "did. The capacity holds all blocks of any one game frame, aligned to 16 bytes; each thread that allocates "
         "needs\n"
         "an arena of its own.\n"
         "Handed over: sites whose blocks are freed as soon, but some of them by another thread. Reels of before "
         "format\n"
         "1.4 do not say which thread frees; then all are listed as frame arenas.\n"
         "Pools: sites whose blocks all have one size, and come and go. No more than the capacity ever lived at once.\n"
         "Pages: of mimalloc's pages of 64 KiB for small blocks, those that are at most a quarter full and were half "
         "full\n"
         "before: whose blocks keep them.\n";
}

}  // namespace

CommandSpec advise_command() {
  static constexpr Example examples[] = {
      {"heapreel advise game.reel", "what a frame arena and pools could take over"},
      {"heapreel advise game.reel 100..190 --code", "the same for some game frames, as C++"},
  };
  return {.name = "advise",
          .operands = "FILE [A..B]",
          .help = "what frame arenas and pools could allocate, and what keeps pages of the allocator",
          .options = advise_option_table,
          .execute = print_advice,
          .notes = advise_notes,
          .examples = examples};
}

}  // namespace heapreel::tools
