// `heapreel seal`: puts names and lines into a reel, so that it shows them everywhere.
#include <heapreel/errors.h>

#include <cstdio>

#include "snapshot/reel/reel_seal.h"
#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/read/symbol_options.h"

namespace heapreel::tools {
namespace {

std::vector<OptionSpec> seal_option_table() {
  return symbol_option_table();
}

ExitStatus seal(const Arguments& arguments) {
  arguments.require_operands(1);
  const std::string& path = arguments.operands()[0];
  try {
    const SealedReel sealed = seal_reel(path, symbol_options(arguments));
    for (const std::string& warning : sealed.warnings) std::fputs(format("heapreel: {}\n", warning).c_str(), stderr);
    std::fputs(format("{}  sealed: any machine can now show the function or line of {} of {} addresses\n", path,
                      grouped(sealed.named), grouped(sealed.addresses))
                   .c_str(),
               stdout);
    for (const std::string& damage : sealed.damage)
      std::fputs(format("heapreel: {}: {}\n", path, damage).c_str(), stderr);
    if (!sealed.damage.empty()) return kIncomplete;
  } catch (const ReelError& error) {
    throw unreadable(error.what());
  }
  return kOk;
}

}  // namespace

CommandSpec seal_command() {
  static constexpr Example examples[] = {
      {"heapreel seal game.reel", "make the reel readable on machines without the program"},
  };
  return {.name = "seal",
          .operands = "FILE",
          .help = "write the names of functions and lines into a reel, so that any machine can show them",
          .options = seal_option_table,
          .execute = seal,
          .examples = examples};
}

}  // namespace heapreel::tools
