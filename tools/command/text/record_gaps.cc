#include "tools/command/text/record_gaps.h"

#include "tools/command/console/format.h"
#include "tools/command/text/ending_text.h"

namespace heapreel::tools {

const char* stop_text(ReelStop stop) {
  switch (stop) {
    case ReelStop::kNone:
      return "";
    case ReelStop::kMaxSize:
      return "the reel reached its largest size (--max-size)";
    case ReelStop::kWriteError:
      return "the reel could not be written any further, for instance because the disk is full";
  }
  return "for a reason that this version does not know";
}

std::vector<std::string> record_gaps(const engine::Totals& totals, const ReelEnd& end) {
  std::vector<std::string> found;
  if (end.tracing_ended != 0) {
    found.push_back(format("tracing ended early: {}", tracing_end_text(end.tracing_ended)));
  }
  if (end.costs.misses_malloc != 0 && !end.costs.own_allocator.is_unseen()) {
    found.emplace_back(
        "not all of the program calls heapreel's malloc: it has a malloc of its own, heapreel was loaded after another "
        "one, or its hooks were hidden when it was linked; what comes from there is not recorded");
  }
  if (end.unrecorded != 0) found.push_back(format("{} events were not recorded", grouped(end.unrecorded)));
  if (end.costs.own_allocator.is_unseen()) {
    found.push_back(
        format("the program has an allocator of its own (it defines {}): what it allocates there is not seen",
               end.costs.own_allocator.functions));
  }
  if (!totals.balanced()) {
    found.push_back(format("{} events were issued, but only {} are accounted for", grouped(totals.issued),
                           grouped(totals.stored + totals.degraded + totals.discarded)));
  }
  if (totals.mismatched_frees != 0) {
    found.push_back(
        format("{} frees were of a block that is not live or has another address: two threads freed one block at the "
               "same time, or the program wrote into heapreel's memory",
               grouped(totals.mismatched_frees)));
  }
  return found;
}

std::vector<std::string> gaps(const ReelInfo& info) {
  std::vector<std::string> found;
  if (info.being_written) {
    found.push_back(format("the file is still being written: read up to {}", info.recovered_up_to));
  } else if (info.recovered) {
    found.push_back(format("the file is cut off or damaged: read up to {}", info.recovered_up_to));
  } else if (!info.complete) {
    found.emplace_back("the recording was cut off: the file has no end");
  }
  for (const std::string& damage : info.damage) found.push_back(damage);
  if (info.end.stop != ReelStop::kNone) found.push_back(format("the reel ends early: {}", stop_text(info.end.stop)));
  for (std::string& gap : record_gaps(info.totals, info.end)) found.push_back(std::move(gap));
  return found;
}

}  // namespace heapreel::tools
