#include "snapshot/model/group_label.h"

namespace heapreel {

std::string function_label(const Frame& frame) {
  if (!frame.function().empty()) return frame.function();
  // Code without a name is told apart by its place, because it may be any number of functions.
  if (frame.lineno() != 0 || frame.offset() != 0) return frame.to_string();
  return frame.module().empty() ? "<unknown>" : "<unknown> in " + frame.module();
}

std::string module_label(const Frame& frame) {
  return frame.module().empty() ? "<unknown>" : frame.module();
}

std::string tag_label(std::string tag) {
  return tag.empty() ? "<no tag>" : tag;
}

}  // namespace heapreel
