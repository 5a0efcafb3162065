#include "tools/command/option_table.h"

namespace heapreel::tools {

// Each in a file of its name.
CommandSpec run_command();
CommandSpec attach_command();
CommandSpec info_command();
CommandSpec stats_command();
CommandSpec frames_command();
CommandSpec diff_command();
CommandSpec leaks_command();
CommandSpec domains_command();
CommandSpec marks_command();
CommandSpec check_command();
CommandSpec report_command();
CommandSpec advise_command();
CommandSpec top_command();
CommandSpec live_command();
CommandSpec snap_command();
CommandSpec export_command();
CommandSpec seal_command();
CommandSpec doctor_command();
CommandSpec help_command();
CommandSpec completions_command();

// The commands, in the order in which `help` lists them.
std::span<const CommandSpec> command_table() {
  static const CommandSpec commands[] = {
      run_command(),          //
      attach_command(),       //
      info_command(),         //
      stats_command(),        //
      frames_command(),       //
      diff_command(),         //
      leaks_command(),        //
      domains_command(),      //
      marks_command(),        //
      check_command(),        //
      advise_command(),       //
      report_command(),       //
      top_command(),          //
      live_command(),         //
      snap_command(),         //
      export_command(),       //
      seal_command(),         //
      doctor_command(),       //
      help_command(),         //
      completions_command(),  //
  };
  return commands;
}

const CommandSpec* find_command(std::string_view name) {
  for (const CommandSpec& command : command_table()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

}  // namespace heapreel::tools
