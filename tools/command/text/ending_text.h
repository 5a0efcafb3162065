// Why a recording ended before its process did, in words.
#pragma once

#include <cstdint>
#include <string>

#include "tools/command/text/ending.h"

namespace heapreel::tools {

// "the memory budget was spent ...", for a reel's or a run's tracing_ended that is not 0.
const char* tracing_end_text(uint32_t reason);

// What the record has of the program's own allocator, when that is not known for sure; a line with its newline.
std::string own_allocator_line(const OwnAllocator& own);

// Says that the recording ended before the process did, and why; lines with their newlines. Empty for other endings.
std::string replaced_text(const Ending& ending);

}  // namespace heapreel::tools
