#include "tools/command/run/preload_path.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> candidate_folders() {
  if (const char* given = std::getenv("HEAPREEL_PRELOAD_DIR"); given != nullptr && *given != '\0') return {given};
  std::error_code error;
  const fs::path command = fs::read_symlink("/proc/self/exe", error);
  if (error) return {};
  const fs::path folder = command.parent_path();
  // First the build tree, then the prefix under which the command is installed, wherever that was moved.
  return {folder.parent_path() / "hooks", folder / HEAPREEL_BINDIR_TO_PRELOAD};
}

}  // namespace

std::string preload_path(Allocator allocator) {
  const char* name = allocator == Allocator::kSystem ? "libheapreel_preload_system.so" : "libheapreel_preload.so";
  std::string looked;
  for (const fs::path& folder : candidate_folders()) {
    std::error_code error;
    const fs::path path = fs::canonical(folder / name, error);
    if (!error && path.native().find_first_of(" :") == std::string::npos) return path.native();
    if (!error) {
      throw usage_error(format(
          "{}: the loader cannot preload a library whose path has a blank or a colon: move heapreel to another folder",
          path.native()));
    }
    looked += format("{}{}", looked.empty() ? "" : ", ", fs::path(folder / name).lexically_normal().native());
  }
  if (looked.empty()) {
    throw usage_error(format(
        "{} cannot be found without /proc: mount /proc, or set HEAPREEL_PRELOAD_DIR to the folder of the library",
        name));
  }
  throw usage_error(format("{} is missing (looked for {}): build all of heapreel, or install it", name, looked));
}

}  // namespace heapreel::tools
