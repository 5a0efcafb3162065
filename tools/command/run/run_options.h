// The options of `heapreel run`, checked as far as possible before anything is started.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hooks/game_frame/entry_code.h"
#include "tools/command/console/command_line.h"
#include "tools/command/gate/budget_file.h"
#include "tools/command/run/preload_path.h"

namespace heapreel::tools {

struct RunOptions {
  std::string program;             // path to execute
  std::vector<std::string> words;  // its arguments, its name first
  Allocator allocator = Allocator::kMimalloc;
  std::string preload;         // path of the library that goes into it
  std::string frames;          // value of HEAPREEL
  std::string tracer_options;  // value of HEAPREEL_OPTIONS, but for the arena
  std::string output;          // file of the reel; empty: PROGRAM.PID.reel
  bool overwrite = false;
  uint64_t max_size = 0;  // of a reel, in bytes; 0 = no limit
  bool every_game_frame = false;
  bool live = false;  // the page of `live` is served beside the recording
  bool follow_forks = false;
  uint64_t max_children = 0;  // processes recorded besides the first
  std::optional<BudgetFile> budgets;
  std::string frame_at;                          // the function at which game frames end; empty: none was named
  std::optional<hooks::FrameEntry> frame_entry;  // where it is
};

std::vector<OptionSpec> run_option_table();

// Throws a usage error for whatever is wrong with the command line, the HEAPREEL variables, the program or the output.
RunOptions run_options_from(const Arguments& arguments);

// The options that do not concern a program's start, for `heapreel attach`.
std::vector<OptionSpec> attach_option_table();
RunOptions attach_options_from(const Arguments& arguments);
// Throws a usage error when no reel can be made at options.output or, where that is empty, in the current folder.
void check_output(const RunOptions& options);

// Our environment with the changes that make the program trace into the arena behind `arena_fd`.
std::vector<std::string> traced_environment(const RunOptions& options, int arena_fd);
// The same for a program whose processes each ask for an arena at a control socket.
std::vector<std::string> followed_environment(const RunOptions& options, uint64_t control_socket);

}  // namespace heapreel::tools
