#include "snapshot/model/group_key.h"

#include <stdexcept>
#include <string>

namespace heapreel {

GroupKey::GroupKey(KeyType key_type, bool cumulative, const SkipList& skip_list, Recursion recursion)
    : key_type(key_type), cumulative(cumulative) {
  if (cumulative && !is_frame_key(key_type)) {
    // "by" is tracemalloc's own slip, kept to the letter.
    throw std::invalid_argument("cumulative mode cannot by used with key type '" + std::string(to_string(key_type)) +
                                "'");
  }
  if (cumulative) this->recursion = recursion;
  if (is_frame_key(key_type) && !cumulative) this->skip_list = skip_list;
}

}  // namespace heapreel
