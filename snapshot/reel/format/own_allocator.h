// An allocator that the program brings along, as far as its file tells.
#pragma once

#include <cstdint>
#include <string>

namespace heapreel {

struct OwnAllocator {
  enum Kind : uint8_t {
    kNone = 0,
    kUnseen = 1,     // what it allocates is not in the record
    kMayHandOn = 2,  // the record has what it hands on to the next allocator, which may be everything
  };
  Kind kind = kNone;
  std::string functions = {};  // those that the program defines: "malloc, free"

  bool is_unseen() const { return kind == kUnseen; }
};

}  // namespace heapreel
