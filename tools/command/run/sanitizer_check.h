// Programs that bring a sanitizer's malloc: nothing may stand before that.
#pragma once

#include <string>

namespace heapreel::tools {

// Whether the 64-bit ELF program is built with AddressSanitizer, ThreadSanitizer, MemorySanitizer or LeakSanitizer,
// whose run-time library is linked to it, statically or not. By its dynamic symbols; false when they cannot be read.
bool is_built_with_sanitizer(const std::string& path);

}  // namespace heapreel::tools
