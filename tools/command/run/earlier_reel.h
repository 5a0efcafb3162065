// A reel of an earlier run under the name to which this run should write (-f). When this run writes no reel, that file
// must not be taken for its record.
#pragma once

#include <string>

#include "tools/command/run/run_options.h"

namespace heapreel::tools {

class EarlierReel {
 public:
  explicit EarlierReel(const RunOptions& options);

  // When the file is unchanged: renames it to FILE.earlier, or empties it if that is not possible. Returns a line for
  // the user about it; empty when there was nothing to do.
  std::string put_aside() const;

 private:
  struct Identity {
    uint64_t device = 0;
    uint64_t inode = 0;
    int64_t size = 0;
    int64_t changed_ns = 0;

    bool operator==(const Identity&) const = default;
  };
  static Identity identity_of(const std::string& path);

  std::string path_;
  Identity before_;  // all zero: there was no such regular file
};

}  // namespace heapreel::tools
