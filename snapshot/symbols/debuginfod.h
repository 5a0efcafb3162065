// Debug files from debuginfod servers.
#pragma once

#include <string>

#include "snapshot/symbols/elf_file.h"

namespace heapreel {

// The path of this build's debug file, which libdebuginfod keeps in its own cache; empty when no server has it. It asks
// each server in DEBUGINFOD_URLS with one HTTP request; nothing else uses the network. `error` says what went wrong,
// for example that the library is not installed.
std::string fetch_debug_file(const BuildId& id, std::string& error);

}  // namespace heapreel
