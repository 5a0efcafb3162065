// The reel of a running process.
#pragma once

#include <string>

namespace heapreel::tools {

// `operand` is the path of a reel, or the id of a process that is recorded: then the reel is looked for among the files
// that processes of this user have open. Throws a CommandError that says what to do when there is none.
std::string written_reel(const std::string& operand);

}  // namespace heapreel::tools
