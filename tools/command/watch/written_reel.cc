#include "tools/command/watch/written_reel.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "snapshot/reel/read/reel_follower.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

namespace fs = std::filesystem;

bool is_number(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool begins_as_reel(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  char magic[8] = {};
  return file.read(magic, sizeof(magic)) && std::memcmp(magic, "heapreel", sizeof(magic)) == 0;
}

// The files that processes have open. Processes of other users cannot be looked at, and are passed over.
std::set<fs::path> open_reels() {
  std::set<fs::path> found;
  std::error_code error;
  for (const fs::directory_entry& process : fs::directory_iterator("/proc", error)) {
    if (!is_number(process.path().filename().string())) continue;
    std::error_code hidden;
    for (const fs::directory_entry& file : fs::directory_iterator(process.path() / "fd", hidden)) {
      std::error_code gone;
      const fs::path target = fs::read_symlink(file.path(), gone);
      if (gone || !target.is_absolute() || !fs::is_regular_file(target, gone)) continue;
      if (begins_as_reel(target)) found.insert(target);
    }
  }
  return found;
}

}  // namespace

std::string written_reel(const std::string& operand) {
  std::error_code error;
  if (!is_number(operand) || fs::exists(operand, error)) return operand;
  const uint64_t process_id = std::strtoull(operand.c_str(), nullptr, 10);
  for (const fs::path& path : open_reels()) {
    try {
      if (ReelFollower(path.string()).reel().info().header.process_id == process_id) return path.string();
    } catch (const ReelError&) {
      continue;  // not far enough to say whose it is
    }
  }
  throw unreadable(
      format("{}: no reel of this process is being written: start it with `heapreel run -- PROGRAM`, and name the "
             "traced program's own id, which `run` shows, or the reel",
             operand));
}

}  // namespace heapreel::tools
