// Groups of blocks as the command shows them: a table, JSON, or Python's text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/command/read/view_options.h"

namespace heapreel::tools {

// Signed, because what became less has negative figures.
struct ShownGroup {
  Traceback traceback;
  int64_t size = 0;
  int64_t count = 0;
  std::string python_text;  // as tracemalloc prints it
};

struct StatisticsView {
  std::string schema;
  std::string path;
  std::string headline{};  // what is shown: "game frame 100, born in 30..60"
  // Members of the JSON object with the same content, as name and value.
  std::vector<std::pair<std::string, uint64_t>> numbers{};
  std::vector<std::pair<std::string, std::string>> texts{};
  std::vector<ShownGroup> groups{};  // all, in order
  int64_t size = 0;                  // of all blocks in view, each counted once
  int64_t count = 0;
  std::string hint{};    // what to try when no group is shown; a sentence
  std::string after{};   // what else is said below a table; lines with their newlines
  bool are_live = true;  // whether the blocks live in the state that is shown

  static std::vector<ShownGroup> groups_of(const std::vector<Statistic>& statistics);
  // Adds up `groups`, each block of which is in one group.
  void sum_up();

  std::string text(const ViewOptions& options) const;

 private:
  std::string table_text(const ViewOptions& options) const;
  std::string json_text(const ViewOptions& options) const;
};

}  // namespace heapreel::tools
