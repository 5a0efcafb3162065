#include <heapreel/key_type.h>

#include <array>
#include <stdexcept>

#include "snapshot/text/python_repr.h"

namespace heapreel {
namespace {

constexpr std::array<std::string_view, 9> kNames = {"filename", "lineno", "traceback", "function",  "module",
                                                    "domain",   "tag",    "thread",    "size_class"};

}  // namespace

std::string_view to_string(KeyType key_type) {
  return kNames.at(static_cast<size_t>(key_type));
}

KeyType key_type_from_string(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<KeyType>(i);
  }
  throw std::invalid_argument("unknown key_type: " + python_repr(name));
}

bool is_frame_key(KeyType key_type) {
  return key_type == KeyType::filename || key_type == KeyType::lineno || key_type == KeyType::function ||
         key_type == KeyType::module;
}

}  // namespace heapreel
