// Notes in a loaded module: what it says about itself to whoever looks at its headers. Unlike its dynamic symbols, they
// are there whatever the module exports.
#pragma once

#include <link.h>

#include <cstddef>

namespace heapreel::hooks {

// The content of the module's first note of this name and type, when it is of `bytes`; else null. Any thread; no lock, no
// allocation. The module must stay loaded meanwhile.
const void* find_note(const link_map& module, const char* name, unsigned type, size_t bytes) noexcept;

}  // namespace heapreel::hooks
