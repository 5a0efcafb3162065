#include "tools/command/run/reel_names.h"

#include <filesystem>

#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

constexpr std::string_view kSuffix = ".reel";

std::string last_part(const std::string& path) {
  const size_t slash = path.rfind('/');
  return path.substr(slash == std::string::npos ? 0 : slash + 1);
}

// A link that leads nowhere also counts.
bool is_there(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::symlink_status(path, error));
}

std::string without_suffix(const std::string& path) {
  return path.ends_with(kSuffix) ? path.substr(0, path.size() - kSuffix.size()) : path;
}

}  // namespace

std::string default_reel_path(const std::string& program, pid_t process) {
  return format_exact("{}.{}{}", last_part(program), process, kSuffix);
}

std::string ReelNames::first(const std::string& program, pid_t process) {
  const std::string path = output_.empty() ? default_reel_path(program, process) : output_;
  given_.insert(path);
  return path;
}

std::string ReelNames::another(const std::string& program, pid_t process) {
  const std::string stem =
      format_exact("{}.{}", output_.empty() ? last_part(program) : without_suffix(output_), process);
  std::string path = format_exact("{}{}", stem, kSuffix);
  for (unsigned number = 2; given_.contains(path) || is_there(path); ++number) {
    path = format_exact("{}.{}{}", stem, number, kSuffix);
  }
  given_.insert(path);
  return path;
}

}  // namespace heapreel::tools
