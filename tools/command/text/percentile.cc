#include "tools/command/text/percentile.h"

#include <algorithm>

namespace heapreel::tools {

uint64_t percentile(std::vector<uint64_t> values, unsigned p) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t rank = (values.size() * p + 99) / 100;
  return values[std::max<size_t>(rank, 1) - 1];
}

}  // namespace heapreel::tools
