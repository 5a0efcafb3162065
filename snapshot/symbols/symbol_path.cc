#include "snapshot/symbols/symbol_path.h"

#include <algorithm>

namespace heapreel {
namespace {

std::string_view without_trailing_slash(std::string_view prefix) {
  while (prefix.size() > 1 && prefix.back() == '/') prefix.remove_suffix(1);
  return prefix;
}

bool is_path_prefix(std::string_view path, std::string_view prefix) {
  if (prefix.empty() || !path.starts_with(prefix)) return false;
  return path.size() == prefix.size() || prefix.back() == '/' || path[prefix.size()] == '/';
}

}  // namespace

std::string normalise_source_path(std::string_view path, std::string_view directory) {
  std::string joined;
  if (!path.starts_with('/') && !directory.empty()) joined = std::string(directory) + "/";
  joined += path;

  const bool absolute = joined.starts_with('/');
  std::vector<std::string_view> parts;
  for (size_t at = 0; at < joined.size();) {
    const size_t slash = std::min(joined.find('/', at), joined.size());
    const std::string_view part = std::string_view(joined).substr(at, slash - at);
    at = slash + 1;
    if (part.empty() || part == ".") continue;
    const bool can_go_up = !parts.empty() && parts.back() != "..";
    if (part == ".." && can_go_up) {
      parts.pop_back();
    } else if (part != ".." || !absolute) {
      parts.push_back(part);
    }
  }
  std::string result;
  if (absolute && parts.empty()) return "/";
  for (const std::string_view part : parts) {
    if (absolute || !result.empty()) result += '/';
    result += part;
  }
  return result;
}

std::string map_path_prefix(const std::string& path, const std::vector<std::pair<std::string, std::string>>& map) {
  std::string_view best, replacement;
  for (const auto& [from, to] : map) {
    const std::string_view prefix = without_trailing_slash(from);
    if (prefix.size() > best.size() && is_path_prefix(path, prefix)) {
      best = prefix;
      replacement = without_trailing_slash(to);
    }
  }
  if (best.empty()) return path;
  // "/" has no slash to leave behind.
  const std::string_view rest = std::string_view(path).substr(best == "/" ? 0 : best.size());
  return std::string(replacement) + std::string(rest);
}

}  // namespace heapreel
