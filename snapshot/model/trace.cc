#include <heapreel/trace.h>

#include <heapreel/size_text.h>

#include "snapshot/model/hash.h"

namespace heapreel {

size_t Trace::hash() const {
  size_t hash = combine_hash(traceback.hash(), domain);
  hash = combine_hash(hash, size);
  return combine_hash(hash, traceback.total_nframe().value_or(0));
}

std::string Trace::to_string() const {
  return traceback.to_string() + ": " + format_size(static_cast<double>(size));
}

std::string Trace::repr() const {
  return "<Trace domain=" + std::to_string(domain) + " size=" + format_size(static_cast<double>(size)) +
         ", traceback=" + traceback.repr() + ">";
}

}  // namespace heapreel
