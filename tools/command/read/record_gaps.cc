#include "tools/command/read/record_gaps.h"

#include "engine/store/end_reason.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {

const char* tracing_end_text(uint32_t reason) {
  switch (static_cast<engine::EndReason>(reason)) {
    case engine::EndReason::kNotEnded:
      break;
    case engine::EndReason::kOverload:
      return "the ring budget was spent and the events could not be stored in time: give it more by --ring-budget, or "
             "more time by --block-deadline";
    case engine::EndReason::kMemory:
      return "the memory budget, or address space, was spent: give it more by --memory-budget, or lower "
             "--traceback-limit";
    case engine::EndReason::kTooManyThreads:
      return "the program has more threads than can be traced";
    case engine::EndReason::kDetached:
      return "it was not followed any further, and went on";
    case engine::EndReason::kStuck:
      return "one of the program's threads was stopped inside heapreel, or left it by a jump out of a signal handler";
    case engine::EndReason::kCounter:
      return "4 billion snapshots were taken, or game frames made, which is all that can be counted";
  }
  return "for a reason this version does not know";
}

const char* stop_text(ReelStop stop) {
  switch (stop) {
    case ReelStop::kNone:
      return "";
    case ReelStop::kMaxSize:
      return "the reel reached the size it was allowed";
    case ReelStop::kWriteError:
      return "the reel could not be written further, as on a full disk";
  }
  return "for a reason this version does not know";
}

std::vector<std::string> record_gaps(const engine::Totals& totals, const ReelEnd& end) {
  std::vector<std::string> found;
  if (end.tracing_ended != 0) {
    found.push_back(format("tracing ended early: {}", tracing_end_text(end.tracing_ended)));
  }
  if (end.unrecorded != 0) found.push_back(format("{} events were not recorded", grouped(end.unrecorded)));
  if (!totals.balanced()) {
    found.push_back(format("{} events were issued, {} are accounted for", grouped(totals.issued),
                           grouped(totals.stored + totals.degraded + totals.forgotten)));
  }
  if (totals.mismatched_frees != 0) {
    found.push_back(
        format("{} frees named a block that does not live, or lives elsewhere: two threads freed one block "
               "at a time, or the program wrote into heapreel's memory",
               grouped(totals.mismatched_frees)));
  }
  return found;
}

std::vector<std::string> gaps(const ReelInfo& info) {
  std::vector<std::string> found;
  if (info.recovered) {
    found.push_back(format("torn or damaged, read up to {}", info.recovered_up_to));
  } else if (!info.complete) {
    found.emplace_back("has no end: its recording was cut off");
  }
  if (info.end.stop != ReelStop::kNone) found.push_back(format("ends early: {}", stop_text(info.end.stop)));
  for (std::string& gap : record_gaps(info.totals, info.end)) found.push_back(std::move(gap));
  return found;
}

}  // namespace heapreel::tools
