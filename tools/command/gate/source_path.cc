#include "tools/command/gate/source_path.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace heapreel::tools {
namespace {

// The path without the folder of the checkout: GITHUB_WORKSPACE, CI_PROJECT_DIR, or where the command runs.
std::string below_checkout(const std::string& path) {
  std::error_code error;
  const std::string folders[] = {std::getenv("GITHUB_WORKSPACE") ? std::getenv("GITHUB_WORKSPACE") : "",
                                 std::getenv("CI_PROJECT_DIR") ? std::getenv("CI_PROJECT_DIR") : "",
                                 std::filesystem::current_path(error).native()};
  const std::string normal = std::filesystem::path(path).lexically_normal().native();
  for (const std::string& folder : folders) {
    if (folder.empty() || folder == "/") continue;
    const std::string prefix = folder.ends_with('/') ? folder : folder + "/";
    if (normal.starts_with(prefix)) return normal.substr(prefix.size());
  }
  return normal;
}

}  // namespace

SourcePlace place_of(const GateSubject& subject, const GateFinding& finding) {
  if (finding.site && finding.site->lineno() != 0)
    return {below_checkout(finding.site->filename()), finding.site->lineno()};
  if (!subject.budgets.empty() && finding.line != 0) return {below_checkout(subject.budgets), finding.line};
  return {};
}

}  // namespace heapreel::tools
