#include "tools/command/text/ending_text.h"

#include "engine/store/frozen_traces.h"
#include "tools/command/console/format.h"

namespace heapreel::tools {

const char* tracing_end_text(uint32_t reason) {
  switch (static_cast<engine::EndReason>(reason)) {
    case engine::EndReason::kNotEnded:
      break;
    case engine::EndReason::kOverload:
      return "the ring budget was used up, because events could not be stored in time: raise --ring-budget, or give "
             "more time with --block-deadline";
    case engine::EndReason::kMemory:
      return "the memory budget, or the address space, was used up: raise --memory-budget, or lower --traceback-limit";
    case engine::EndReason::kTooManyThreads:
      return "the program has more threads than can be traced";
    case engine::EndReason::kDetached:
      return "heapreel stopped following the process, which went on";
    case engine::EndReason::kStuck:
      return "one of the program's threads was stopped inside heapreel, or left it by a jump out of a signal handler";
    case engine::EndReason::kCounter:
      return "4 billion snapshots or game frames were made, and no more can be counted";
    case engine::EndReason::kDamaged:
      return "the program wrote into heapreel's memory: what was recorded up to the last game frame before that was "
             "noticed is kept";
  }
  return "for a reason that this version does not know";
}

std::string own_allocator_line(const OwnAllocator& own) {
  if (own.kind != OwnAllocator::kMayHandOn) return "";
  return format(
      "  allocator   the program defines {} itself: only what it passes on to the next allocator is recorded\n",
      own.functions);
}

std::string replaced_text(const Ending& ending) {
  if (ending.kind != ReelEnding::kExecuted) return "";
  return format(
      "tracing ended when the process replaced itself by {} (exec); `heapreel run --follow-forks` records that "
      "program too\n",
      ending.executed);
}

}  // namespace heapreel::tools
