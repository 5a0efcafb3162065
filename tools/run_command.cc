#include "tools/run_command.h"

#include <sys/resource.h>

#include <cstdio>

#include "engine/tracer.h"
#include "tools/run_summary.h"
#include "tools/traced_run.h"

namespace heapreel::tools {
namespace {

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void say(const std::string& text) {
  std::fputs(text.c_str(), stderr);
}

}  // namespace

ExitStatus run_program(const Arguments& arguments) {
  const RunOptions options = run_options_from(arguments);
  TracedRun run(options);
  RunSummary summary;
  summary.words = options.words;
  summary.process_id = run.process_id();

  engine::TracerState* state = run.wait_for_tracer();
  RunFigures figures(nullptr);
  if (state != nullptr) figures.finish(run.consolidate(figures));
  summary.ending = run.ending();
  summary.seconds = run.seconds();
  if (state == nullptr) {
    say(ending_line(summary));
    say("nothing was traced: the program never loaded " + options.preload +
        ", or what it said above kept the tracer from starting\n");
    return static_cast<ExitStatus>(run.ending().status());
  }
  summary.threads = state->threads->count();
  // [state.ended] acquire
  summary.ended = state->ended.load(std::memory_order_acquire);
  // relaxed: a statistic, and the program is gone
  summary.unrecorded = state->unrecorded.load(std::memory_order_relaxed);
  summary.tracer_bytes = engine::tracer_memory();
  summary.consolidator_seconds = processor_seconds();
  say(summary_text(summary, figures));
  return static_cast<ExitStatus>(run.ending().status());
}

}  // namespace heapreel::tools
