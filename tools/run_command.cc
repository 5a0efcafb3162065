#include "tools/run_command.h"

#include <sys/resource.h>

#include <cstdio>

#include "engine/platform.h"
#include "engine/tracer.h"
#include "tools/run_crosscheck.h"
#include "tools/run_reel.h"
#include "tools/run_summary.h"
#include "tools/traced_run.h"

namespace heapreel::tools {
namespace {

uint64_t processor_ns() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto ns = [](const timeval& time) {
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_usec) * 1'000;
  };
  return ns(usage.ru_utime) + ns(usage.ru_stime);
}

void say(const std::string& text) {
  std::fputs(text.c_str(), stderr);
}

// The tracer's own costs and failures, for the reel's end.
ReelEnd reel_end(const TracedRun& run, const engine::TracerState& state) {
  ReelEnd end;
  set_ending(end, run.ending());
  end.time_ns = run.ended_ns();
  // [state.ended] acquire
  end.tracing_ended = static_cast<uint32_t>(state.ended.load(std::memory_order_acquire));
  // relaxed: a statistic, and the program is gone
  end.unrecorded = state.unrecorded.load(std::memory_order_relaxed);
  end.tracer_bytes = engine::tracer_memory();
  end.consolidator_ns = processor_ns();
  end.rounds = state.consolidator->rounds();
  end.copied_bytes = state.consolidator->copied_bytes();
  return end;
}

void trace(TracedRun& run, engine::TracerState& state, const RunOptions& options, RunSummary& summary) {
  RunReel reel(state, options, run.process_id());
  if (!reel.is_open()) say("heapreel: no reel is written: " + reel.error() + "\n");
  RunFigures figures(reel.listener());
  const engine::FrozenTraces last = run.consolidate(figures);
  figures.finish(last);
  summary.end = reel_end(run, state);
  reel.finish(last, summary.end);

  summary.ending = run.ending();
  summary.seconds = run.seconds();
  summary.threads = state.threads->count();
  if (reel.is_open()) summary.reel = reel.path();
  summary.reel_bytes = reel.bytes();
  say(summary_text(summary, figures));
  if (state.crosscheck != nullptr) say(crosscheck_text(*state.crosscheck, *state.modules));
  if (reel.is_open() && !reel.error().empty()) say("the reel ends early: " + reel.error() + "\n");
}

}  // namespace

ExitStatus run_program(const Arguments& arguments) {
  const RunOptions options = run_options_from(arguments);
  TracedRun run(options);
  RunSummary summary;
  summary.words = options.words;
  summary.process_id = run.process_id();
  if (engine::TracerState* state = run.wait_for_tracer(); state != nullptr) {
    trace(run, *state, options, summary);
  } else {
    summary.ending = run.ending();
    summary.seconds = run.seconds();
    say(ending_line(summary));
    say("nothing was traced and no reel written: the program did not load " + options.preload +
        ", or said above why it runs untraced\n");
  }
  return static_cast<ExitStatus>(run.ending().status());
}

}  // namespace heapreel::tools
