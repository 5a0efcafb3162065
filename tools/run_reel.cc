#include "tools/run_reel.h"

#include "tools/format.h"

namespace heapreel::tools {
namespace {

std::string default_path(const RunOptions& options, pid_t process) {
  const size_t slash = options.words[0].rfind('/');
  return format("{}.{}.reel", options.words[0].substr(slash == std::string::npos ? 0 : slash + 1), process);
}

}  // namespace

RunReel::RunReel(engine::TracerState& tracer, const RunOptions& options, pid_t process)
    : path_(options.output.empty() ? default_path(options, process) : options.output),
      writer_(tracer, {.overwrite = options.overwrite}) {
  ReelHeader header;
  header.writer = "heapreel " HEAPREEL_VERSION;
  header.program = options.program;
  header.command_line = options.words;
  header.process_id = static_cast<uint64_t>(process);
  header.started_wall_ns = tracer.started_wall_ns;
  header.started_monotonic_ns = tracer.started_monotonic_ns;
  header.traceback_limit = static_cast<uint32_t>(tracer.options.traceback_limit);
  header.allocator = options.allocator == Allocator::kSystem ? "system" : "mimalloc";
  error_ = writer_.open(path_, header);
  if (error_.empty()) recorder_.emplace(tracer, writer_);
}

void RunReel::finish(const engine::FrozenTraces& last, const ReelEnd& end) {
  if (!recorder_) return;
  std::string error = recorder_->finish(last.store_epoch != 0 ? &last : nullptr, end);
  if (error_.empty()) error_ = std::move(error);
}

void set_ending(ReelEnd& end, const Ending& ending) {
  end.ending = ending.signal != 0 ? ReelEnding::kSignalled : ReelEnding::kExited;
  end.status = ending.signal != 0 ? ending.signal : ending.exit_code;
}

}  // namespace heapreel::tools
