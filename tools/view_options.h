// What the commands that show a still have in common: which blocks, grouped how, shown how.
#pragma once

#include <heapreel/snapshot.h>

#include <string>
#include <vector>

#include "tools/command_line.h"
#include "tools/opened_reel.h"

namespace heapreel::tools {

struct ViewOptions {
  KeyType key = KeyType::lineno;
  bool cumulative = false;
  size_t rows = 10;
  bool json = false;
  bool python_text = false;
  std::vector<TraceFilter> filters;
  SkipList skip_list;

  static std::vector<OptionSpec> option_table();
  // Throws a usage error.
  static ViewOptions from(const Arguments& arguments, KeyType default_key);

  // The blocks of a still that are to be shown; `born` is a range as in game_frame_range, empty: all.
  Snapshot view(const Reel& reel, uint32_t game_frame, const std::string& born) const;
};

}  // namespace heapreel::tools
