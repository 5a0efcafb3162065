// The name of a file, without the folders in front of it.
#pragma once

#include <string>

namespace heapreel::tools {

// "ai.cc" of "/game/src/ai.cc"; a name without folders is returned as it is.
inline std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

}  // namespace heapreel::tools
