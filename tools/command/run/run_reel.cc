#include "tools/command/run/run_reel.h"

namespace heapreel::tools {

namespace {

// Well below the time after which a program that waits for its consolidator goes on untraced (block_deadline_ms).
constexpr uint32_t kPatienceMs = 1000;

ReelWriterOptions options_of(const ReelPlan& plan) {
  ReelWriterOptions options;
  options.overwrite = plan.overwrite;
  options.max_bytes = plan.max_bytes;
  if (!plan.budgets) return options;
  for (const Budget& budget : plan.budgets->plan.budgets) {
    NamedBudget recorded = recorded_budget(budget);
    if (recorded.limits != engine::BudgetLimits{}) options.budgets.push_back(std::move(recorded));
  }
  return options;
}

}  // namespace

RunReel::RunReel(engine::TracerState& tracer, const ReelPlan& plan, pid_t process, GameFrameWatch* watch)
    : path_(plan.path), writer_(tracer, options_of(plan)) {
  ReelHeader header;
  header.writer = "heapreel " HEAPREEL_VERSION;
  header.program = plan.program;
  header.command_line = plan.words;
  header.process_id = static_cast<uint64_t>(process);
  header.started_wall_ns = tracer.started_wall_ns;
  header.started_monotonic_ns = tracer.started_monotonic_ns;
  header.traceback_limit = static_cast<uint32_t>(tracer.options.traceback_limit);
  header.allocator = plan.allocator == Allocator::kSystem ? "system" : "mimalloc";
  error_ = writer_.open(path_, header);
  if (error_.empty())
    recorder_.emplace(tracer, writer_, ReelRecorder::kMostQueuedStates, watch, plan.every_game_frame ? kPatienceMs : 0);
}

void RunReel::finish(const engine::FrozenTraces& last, const ReelEnd& end) {
  if (!recorder_) return;
  std::string error = recorder_->finish(last.store_epoch != 0 ? &last : nullptr, end);
  if (error_.empty()) error_ = std::move(error);
}

}  // namespace heapreel::tools
