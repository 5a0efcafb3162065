// Notes in a loaded module: what the module says about itself in its headers. Unlike its dynamic symbols, they are
// there whatever the module exports.
#pragma once

#include <link.h>

#include <cstddef>

namespace heapreel::hooks {

// The content of the module's first note of this name and type, when it has `bytes` bytes; otherwise null. Any thread;
// takes no lock and allocates nothing. The module must stay loaded meanwhile.
const void* find_note(const link_map& module, const char* name, unsigned type, size_t bytes) noexcept;

}  // namespace heapreel::hooks
