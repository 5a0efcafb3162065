// What statistics are grouped by.
#pragma once

#include <cstdint>
#include <string_view>

#include <heapreel/export.h>

namespace heapreel {

enum class KeyType : uint8_t {
  // The keys of tracemalloc:
  filename,   // file of the most recent frame
  lineno,     // file and line of the most recent frame
  traceback,  // the whole stack
  // The keys that only heapreel has:
  function,    // function of the most recent frame
  module,      // executable or library of the most recent frame
  domain,      // the allocator: malloc and new, or one of the program's own
  tag,         // the scope that the thread was in when it allocated the block
  thread,      // the thread that allocated the block
  size_class,  // smallest power of two that holds the block
};

// "filename", "lineno" ...
HEAPREEL_API std::string_view to_string(KeyType key_type);

// The key with exactly this name. Throws std::invalid_argument("unknown key_type: 'foo'").
HEAPREEL_API KeyType key_type_from_string(std::string_view name);

// Whether every frame of a stack has this key, so that statistics by it can be cumulative.
HEAPREEL_API bool is_frame_key(KeyType key_type);

}  // namespace heapreel
