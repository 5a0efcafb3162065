// What is missing in a record. This is the one place that decides it: the summary of `run`, the exit status and the
// commands that read a reel all ask here, and so never disagree.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/store/totals.h"
#include "snapshot/reel/format/reel_info.h"

namespace heapreel::tools {

// Why a reel's recording stopped before its process did; empty when it did not.
const char* stop_text(ReelStop stop);

// What is missing in a record, whatever became of its file: a sentence each, empty when every event is accounted for.
std::vector<std::string> record_gaps(const engine::Totals& totals, const ReelEnd& end);

// What is missing in a reel: the same, and what is wrong with the file.
std::vector<std::string> gaps(const ReelInfo& info);

}  // namespace heapreel::tools
