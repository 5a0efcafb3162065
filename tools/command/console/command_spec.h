// What a command line may consist of: a command and its options, as a row of the option table says it.
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

// A command line that works as it stands, in a folder with a recording `game.reel` and the program `game` that it is of. A
// test runs each of them.
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
  std::string (*notes)() = nullptr;        // what `help` tells below the options
  std::span<const Example> examples = {};  // one to three
  // What to do for those who look for another command's options here; empty: nothing beyond reading `help`.
  std::string_view instead = {};
};

}  // namespace heapreel::tools
