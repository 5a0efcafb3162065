#include "tools/command/console/nearest_name.h"

#include <algorithm>
#include <numeric>

namespace heapreel::tools {
namespace {

// Insertions, deletions, substitutions, and two neighbours that changed places.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before_last;
  std::vector<size_t> last(b.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    std::vector<size_t> row(b.size() + 1, i);
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = std::move(last);
    last = std::move(row);
  }
  return last.back();
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains(const std::string& name, std::string_view part) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  return std::search(name.begin(), name.end(), part.begin(), part.end(), same) != name.end();
}

// The shortest name that has `part` in it, whatever the case of its letters.
const std::string* shortest_around(std::string_view part, const std::vector<std::string>& known) {
  constexpr size_t kLeastPart = 3;
  const std::string* found = nullptr;
  for (const std::string& name : known) {
    if (part.size() < kLeastPart || !contains(name, part)) continue;
    if (found == nullptr || name.size() < found->size()) found = &name;
  }
  return found;
}

}  // namespace

const std::string* nearest_name(std::string_view given, const std::vector<std::string>& known) {
  const std::string* nearest = nullptr;
  size_t distance = std::max<size_t>(1, given.size() / 3) + 1;
  for (const std::string& name : known) {
    const size_t here = edit_distance(given, name);
    if (here >= distance) continue;
    distance = here;
    nearest = &name;
  }
  return nearest != nullptr ? nearest : shortest_around(given, known);
}

std::string nearest_hint(std::string_view given, const std::vector<std::string>& known, std::string_view before) {
  const std::string* const nearest = nearest_name(given, known);
  return nearest == nullptr ? "" : ", did you mean '" + std::string(before) + *nearest + "'?";
}

}  // namespace heapreel::tools
