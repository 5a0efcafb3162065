#include "tools/command/run/earlier_reel.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "tools/command/console/format.h"

namespace heapreel::tools {

EarlierReel::Identity EarlierReel::identity_of(const std::string& path) {
  struct stat status {};
  if (path.empty() || lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .changed_ns = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

EarlierReel::EarlierReel(const RunOptions& options)
    : path_(options.overwrite ? options.output : std::string()), before_(identity_of(path_)) {}

std::string EarlierReel::put_aside() const {
  if (before_ == Identity{} || identity_of(path_) != before_) return "";
  const std::string aside = path_ + ".earlier";
  if (std::rename(path_.c_str(), aside.c_str()) == 0) {
    return format("heapreel: the reel of an earlier run, {}, is now {}\n", path_, aside);
  }
  if (truncate(path_.c_str(), 0) == 0) return format("heapreel: the reel of an earlier run, {}, was emptied\n", path_);
  return format("heapreel: {} is still the reel of an earlier run, because it can neither be renamed nor emptied\n",
                path_);
}

}  // namespace heapreel::tools
