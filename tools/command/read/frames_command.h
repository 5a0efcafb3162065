// `heapreel frames`: what each game frame allocated and freed.
#pragma once

#include "tools/command/console/command_line.h"

namespace heapreel::tools {

std::vector<OptionSpec> frames_option_table();
ExitStatus print_frames(const Arguments& arguments);

}  // namespace heapreel::tools
