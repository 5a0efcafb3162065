// Finds the library that goes into the traced program.
#pragma once

#include <string>

namespace heapreel::tools {

enum class Allocator { kMimalloc, kSystem };

// Beside the command, as built or as installed; the folder HEAPREEL_PRELOAD_DIR when that is set. Throws a usage error
// that lists where it looked.
std::string preload_path(Allocator allocator);

}  // namespace heapreel::tools
