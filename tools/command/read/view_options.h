// What the commands that show a still have in common: which blocks, grouped how, shown how.
#pragma once

#include <heapreel/snapshot.h>

#include <string>
#include <vector>

#include "snapshot/model/group_key.h"
#include "tools/command/console/command_line.h"
#include "tools/command/read/opened_reel.h"

namespace heapreel::tools {

struct ViewOptions {
  KeyType key = KeyType::lineno;
  bool cumulative = false;
  size_t rows = 10;
  size_t depth = 16;  // stack frames of a traceback in a table; 0: all
  bool json = false;
  bool python_text = false;
  size_t columns = 0;  // a table's lines are to be no longer; 0: as long as they are
  SkipList skip_list;

  // Each list narrows what the others leave; within one, inclusive patterns widen.
  std::vector<std::vector<TraceFilter>> filters;
  std::vector<std::string> domains, other_domains;  // patterns of names, or numbers: only these, and not these
  std::vector<std::string> threads, other_threads;

  static std::vector<OptionSpec> option_table();
  // Throws a usage error.
  static ViewOptions from(const Arguments& arguments, KeyType default_key);

  // The blocks of a still that are to be shown; `born` is a range as in game_frame_range, empty: all.
  Snapshot view(const Reel& reel, uint32_t game_frame, const std::string& born) const;

 private:
  // tracemalloc's text has tracemalloc's figures.
  Recursion recursion() const { return python_text ? Recursion::kEachTime : Recursion::kOnce; }
  Snapshot filtered(Snapshot snapshot, const ReelTables& names) const;
};

// Throws a usage error when the options select blocks by more than their sites. `what` counts blocks that are gone:
// they left figures at their sites, and nothing that tells one block from another.
void expect_sites_only(const Arguments& arguments, const std::string& what);
// The same of figures that they left with their threads.
void expect_threads_only(const Arguments& arguments, const std::string& what);

}  // namespace heapreel::tools
