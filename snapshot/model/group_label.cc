#include "snapshot/model/group_label.h"

namespace heapreel {

std::string function_label(const Frame& frame) {
  if (!frame.function().empty()) return frame.function();
  if (!frame.module().empty()) return "<unknown> in " + frame.module();
  return "<unknown>";
}

std::string module_label(const Frame& frame) {
  return frame.module().empty() ? "<unknown>" : frame.module();
}

std::string tag_label(std::string tag) {
  return tag.empty() ? "<no tag>" : tag;
}

}  // namespace heapreel
