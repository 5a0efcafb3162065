// What the command says beside its output, on stderr.
#pragma once

#include <cstdio>
#include <string>

namespace heapreel::tools {

inline void say(const std::string& text) {
  std::fputs(text.c_str(), stderr);
}

}  // namespace heapreel::tools
