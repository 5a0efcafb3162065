// The function at which a program's game frames end (`run --frame-at`).
#pragma once

#include <string>

#include "hooks/game_frame/entry_code.h"

namespace heapreel::tools {

// The function that `name` names in the symbol table of the program at `path`: its linker name, or its name in C++ with
// or without its parameters. Throws a usage error when there is none, or several, or when its first instructions cannot
// be replaced without changing what the program does.
hooks::FrameEntry find_frame_entry(const std::string& path, const std::string& name);

}  // namespace heapreel::tools
