// What the commands that show a state have in common: which blocks, how they are grouped, how they are shown.
#pragma once

#include <heapreel/snapshot.h>

#include <string>
#include <vector>

#include "snapshot/model/group_key.h"
#include "tools/command/console/command_line.h"
#include "tools/command/read/moment.h"
#include "tools/command/read/opened_reel.h"

namespace heapreel::tools {

struct ViewOptions {
  KeyType key = KeyType::lineno;
  bool cumulative = false;
  size_t rows = 10;
  size_t depth = 16;  // stack frames of a traceback in a table; 0: all
  bool json = false;
  bool python_text = false;
  size_t columns = 0;  // the most that a line of a table may have; 0: no limit
  SkipList skip_list;

  // A block is shown when it passes every list. It passes a list when one of its inclusive patterns matches.
  std::vector<std::vector<TraceFilter>> filters;
  // Patterns of names, or numbers. Only blocks of `domains` are shown, and none of `other_domains`.
  std::vector<std::string> domains, other_domains;
  std::vector<std::string> threads, other_threads;

  static std::vector<OptionSpec> option_table();
  // Throws a usage error.
  static ViewOptions from(const Arguments& arguments, KeyType default_key);

  // The blocks of a state that should be shown. `born` is a range as in game_frame_range; empty: all.
  Snapshot view(const Reel& reel, const Moment& moment, const std::string& born) const;

 private:
  // Text in tracemalloc's form has tracemalloc's figures.
  Recursion recursion() const { return python_text ? Recursion::kEachTime : Recursion::kOnce; }
  Snapshot filtered(Snapshot snapshot, const ReelTables& names) const;
};

// Throws a usage error when the options select blocks by anything but their sites. `what` names the option that counts
// freed blocks: of these only the sums of each site are known.
void expect_sites_only(const Arguments& arguments, const std::string& what);
// The same for figures that are kept by thread.
void expect_threads_only(const Arguments& arguments, const std::string& what);

}  // namespace heapreel::tools
