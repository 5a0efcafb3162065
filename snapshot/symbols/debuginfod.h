// Debug files from debuginfod servers.
#pragma once

#include <string>

#include "snapshot/symbols/elf_file.h"

namespace heapreel {

// Path of the debug file of this build, which libdebuginfod keeps in its own cache; empty when no server has it. The
// servers are those of DEBUGINFOD_URLS, asked one HTTP request each; this is the only place that uses the network.
// `error` says what went wrong, the library not being installed included.
std::string fetch_debug_file(const BuildId& id, std::string& error);

}  // namespace heapreel
