// `heapreel live`: the page of `report`, following a program that runs.
#include <csignal>
#include <cstdio>

#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/read/skip_options.h"
#include "tools/command/read/symbol_options.h"
#include "tools/command/watch/live_page.h"
#include "tools/command/watch/look_pace.h"
#include "tools/command/watch/written_reel.h"

namespace heapreel::tools {
namespace {

LivePage* served = nullptr;  // the page that a signal stops

void stop_serving(int) {
  served->stop();
}

std::vector<OptionSpec> live_option_table() {
  std::vector<OptionSpec> options = {
      {"--port", "", "N", "listen on this port of 127.0.0.1 (default: any that is free)"},
      {"--every", "", "MS",
       format("look again after MS milliseconds (default {}), or later when a look takes long", kDefaultLookEveryMs)},
      {"--newest", "", "N",
       format(
           "show the newest N game frames one by one (default {}), and older ones in steps of several, so that a long "
           "recording takes no more memory",
           grouped(LivePage::kDefaultNewest))},
  };
  for (auto* table : {skip_option_table, symbol_option_table}) {
    for (OptionSpec& option : table()) options.push_back(std::move(option));
  }
  return options;
}

ExitStatus live(const Arguments& arguments) {
  arguments.require_operands(1);
  LivePage page({.reel = written_reel(arguments.operands()[0]),
                 .port = static_cast<uint16_t>(arguments.number("--port", 1, UINT16_MAX, 0)),
                 .every = std::chrono::milliseconds(arguments.number("--every", 10, 3'600'000, kDefaultLookEveryMs)),
                 .newest = arguments.number("--newest", 16, 1'000'000, LivePage::kDefaultNewest),
                 .skip_list = skip_list_from(arguments),
                 .symbols = symbol_options(arguments)});
  try {
    page.look_first();
  } catch (const ReelError& error) {
    throw unreadable(error.what());
  }
  served = &page;
  struct sigaction action {};
  action.sa_handler = stop_serving;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
  std::fputs(format("{}\n", page.url()).c_str(), stdout);
  std::fflush(stdout);
  std::fputs(
      format("heapreel: follows {}; the address opens on this machine only; Ctrl-C ends it\n", page.reel()).c_str(),
      stderr);
  page.serve();
  return kOk;
}

}  // namespace

CommandSpec live_command() {
  static constexpr Example examples[] = {
      {"heapreel live game.reel", "print an address for the browser, and serve the page until it is interrupted"},
  };
  return {.name = "live",
          .operands = "PID|FILE",
          .help = "the page of `report` in a browser of this machine, following a running program",
          .options = live_option_table,
          .execute = live,
          .examples = examples};
}

}  // namespace heapreel::tools
