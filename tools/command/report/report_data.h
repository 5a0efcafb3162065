// Everything that the page of a report needs of a reel.
#pragma once

#include <string>
#include <vector>

#include <heapreel/skip_list.h>

#include "snapshot/reel/format/reel_bytes.h"
#include "snapshot/reel/read/reel.h"
#include "tools/command/report/report_summary.h"

namespace heapreel::tools {

struct ReportData {
  // A JSON object: what the page shows first. It has no '<', so that it can stand inside HTML.
  std::string head;
  // Sections, each a varint of its number and one of its length, then the bytes. tools/report/README.md lists them.
  Bytes body;
  std::vector<ReportSentence> sentences;

  // Reads the whole reel once. `path` is what the commands on the page call it, and `options` are what they are
  // given about names, so that they group as the page does. Throws ReelError when a game frame is
  // damaged.
  static ReportData of(const Reel& reel, const std::string& path, const SkipList& skip_list,
                       const std::vector<std::string>& options = {});
};

}  // namespace heapreel::tools
