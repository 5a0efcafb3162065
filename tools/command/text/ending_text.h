// Why a recording ended before its process did, in words.
#pragma once

#include <cstdint>
#include <string>

#include "tools/command/text/ending.h"

namespace heapreel::tools {

// "the memory budget was spent ...", for a reel's or a run's tracing_ended that is not 0.
const char* tracing_end_text(uint32_t reason);

// What of the program's own allocator is in the record, where that is not known for sure; a line with its newline.
std::string own_allocator_line(const OwnAllocator& own);

// That and why the recording ended where the process did not; lines with their newlines. Empty for other endings.
std::string replaced_text(const Ending& ending);

}  // namespace heapreel::tools
