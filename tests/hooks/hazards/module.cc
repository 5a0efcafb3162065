// A module with blocks of its own: one for its constructor, one per call, all freed when it is unloaded.
#include <string>
#include <vector>

namespace {
std::vector<std::string> names(3, std::string(100, 'x'));
}

extern "C" int touch(int i) {
  names.emplace_back(static_cast<size_t>(100 + i), 'y');
  return static_cast<int>(names.size());
}
