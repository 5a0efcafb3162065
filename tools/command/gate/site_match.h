// Which call sites of two builds are the same. A site is found by its function and file, and within a function by its
// place among the function's sites, so that an edit which moves lines, above or inside, does not matter.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tools/command/gate/build_sites.h"

namespace heapreel::tools {

struct SitePair {
  std::optional<size_t> before, after;  // positions in BuildSites::sites; nothing: it is new, or gone
};

// Every site of both builds is in one pair.
std::vector<SitePair> matched_sites(const BuildSites& before, const BuildSites& after);

// Which lines of a function have become which after an edit: for each of `before` its position in `after`, or nothing.
// Both ascend. As many as possible are matched, in order, so that the distances between them change the least, and
// lines that allocate alike are matched.
struct SiteLine {
  uint32_t line;
  uint64_t allocs;
  uint64_t alloc_bytes;
};
std::vector<std::optional<size_t>> matched_lines(const std::vector<SiteLine>& before,
                                                 const std::vector<SiteLine>& after);

}  // namespace heapreel::tools
