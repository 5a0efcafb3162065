// The names under which statistics list things that have no name.
#pragma once

#include <string>

#include <heapreel/frame.h>

namespace heapreel {

// "Mesh::load"; "<unknown> in libfoo.so" for code without a symbol; "<unknown>" where even the module is not
// known.
std::string function_label(const Frame& frame);
// Path of the module, or "<unknown>".
std::string module_label(const Frame& frame);
// The tag itself, or "<no tag>".
std::string tag_label(std::string tag);

}  // namespace heapreel
