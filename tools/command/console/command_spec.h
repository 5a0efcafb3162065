// What a command line may contain: a command and its options, as a row of the option table describes it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/command/console/exit_status.h"

namespace heapreel::tools {

class Arguments;

struct OptionSpec {
  std::string name;        // "--output"
  std::string short_name;  // "-o"; empty: none
  std::string value;       // what its value is called, "FILE"; empty: a switch
  std::string help;        // one line
  bool repeats = false;    // may be given several times
};

// A command line that works unchanged in a folder with a recording `game.reel` and the program `game` that was
// recorded. A test runs each of them.
struct Example {
  std::string_view command;
  std::string_view shows;  // what it does, or what its output says
};

struct CommandSpec {
  std::string_view name;
  std::string_view operands;  // as in the usage line
  std::string_view help;      // one line
  std::vector<OptionSpec> (*options)();
  ExitStatus (*execute)(const Arguments&);
  bool takes_program = false;              // everything from the first operand on belongs to another program
  std::string (*notes)() = nullptr;        // what `help` prints below the options
  std::span<const Example> examples = {};  // one to three
  // What to do for somebody who looks for another command's options here; when empty, reading `help` is all.
  std::string_view instead = {};
};

}  // namespace heapreel::tools
