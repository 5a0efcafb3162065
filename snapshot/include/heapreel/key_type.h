// What statistics are grouped by.
#pragma once

#include <cstdint>
#include <string_view>

#include <heapreel/export.h>

namespace heapreel {

enum class KeyType : uint8_t {
  // tracemalloc's
  filename,   // file of the most recent frame
  lineno,     // file and line of the most recent frame
  traceback,  // the whole stack
  // natively
  function,    // function of the most recent frame
  module,      // executable or library of the most recent frame
  domain,      // address space
  tag,         // scope name at birth
  thread,      // that allocated
  size_class,  // smallest power of two that holds the block
};

// "filename", "lineno" ...
HEAPREEL_API std::string_view to_string(KeyType key_type);

// The reverse, exact. Throws std::invalid_argument("unknown key_type: 'foo'").
HEAPREEL_API KeyType key_type_from_string(std::string_view name);

// Whether the key is found in every frame of a stack, and so has a cumulative form.
HEAPREEL_API bool is_frame_key(KeyType key_type);

}  // namespace heapreel
