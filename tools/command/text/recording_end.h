// Why a recording ended before its process did, in words.
#pragma once

#include <cstdint>
#include <string>

#include "tools/command/text/ending.h"

namespace heapreel::tools {

// "the memory budget was spent ...", for a reel's or a run's tracing_ended that is not 0.
const char* tracing_end_text(uint32_t reason);

// That and why the recording ended where the process did not; lines with their newlines. Empty for other endings.
std::string replaced_text(const Ending& ending);

}  // namespace heapreel::tools
