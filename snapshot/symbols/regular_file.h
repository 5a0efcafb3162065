// Opens files whose names come from a recording, or lie in somebody else's folder.
#pragma once

#include <string>

namespace heapreel {

// A descriptor for reading, close-on-exec, or -1 and the reason in `error`. Only regular files are ever opened: a pipe
// would lose its writer, and a device may do anything when it is opened. The caller closes the descriptor.
int open_regular_file(const std::string& path, std::string& error);

}  // namespace heapreel
