// What every program does with a reel that somebody gave it: opens it, asks all it can, and shows stills.
#pragma once

#include <string>

namespace heapreel::testing {

// What the loader promises of any file: ReelError and nothing else; stills whose blocks add up; bounded memory.
void read_everything(const std::string& path);

}  // namespace heapreel::testing
