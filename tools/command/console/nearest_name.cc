#include "tools/command/console/nearest_name.h"

#include <algorithm>
#include <numeric>

namespace heapreel::tools {
namespace {

// Levenshtein's distance: insertions, deletions and substitutions.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_hint(std::string_view given, const std::vector<std::string>& known) {
  const std::string* nearest = nullptr;
  size_t distance = std::max<size_t>(1, given.size() / 3) + 1;
  for (const std::string& name : known) {
    const size_t here = edit_distance(given, name);
    if (here >= distance) continue;
    distance = here;
    nearest = &name;
  }
  return nearest == nullptr ? "" : ", did you mean '" + *nearest + "'?";
}

}  // namespace heapreel::tools
