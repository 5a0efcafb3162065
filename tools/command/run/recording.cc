#include "tools/command/run/recording.h"

#include <sys/resource.h>

#include <algorithm>
#include <iterator>

#include "engine/tracer/tracer.h"
#include "hooks/game_frame/present_functions.h"
#include "tools/command/console/format.h"
#include "tools/command/run/close_if_open.h"
#include "tools/command/run/own_allocator.h"

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

std::string game_frames_by(const engine::TracerState& state, const std::string& frame_at) {
  // relaxed, twice: the program is gone, or let go
  switch (state.game_frame_source.load(std::memory_order_relaxed)) {
    case engine::GameFrameSource::kTimer:
      return state.consolidator->makes_game_frames() ? "timer" : "";
    case engine::GameFrameSource::kPresent: {
      // The number comes from the program's memory.
      const uint32_t function = state.present_function.load(std::memory_order_relaxed);
      if (function == hooks::kFrameAtEntry) return frame_at;
      return function < std::size(hooks::kPresentFunctions) ? std::string(hooks::kPresentFunctions[function]) : "";
    }
    case engine::GameFrameSource::kProgram:
      return "program";
  }
  return "";
}

bool are_there_any(const std::vector<engine::StrayFree>& strays, StrayFrees which) {
  return std::ranges::any_of(strays, [which](const engine::StrayFree& stray) { return is_among(stray, which); });
}

// Names are looked up in the reel that has just been written.
std::string stray_frees_of(const std::string& reel, StrayFrees which) {
  if (reel.empty()) return "";
  try {
    return stray_frees_text(Reel::open(reel), which);
  } catch (const ReelError& error) {
    return format("              where is not shown: {}\n", error.what());
  }
}

}  // namespace

Recording::Recording(TracedRun& run, engine::TracerState& state, const ReelPlan& plan, StrayFrees told)
    : processor_ns_before_(processor_ns()),
      frame_at_(plan.frame_at),
      program_fd_(open_program(run.process().id(), plan.program)),
      budgets_(state, watched_budgets(plan)),
      reel_(state, plan, run.process().id(), &budgets_),
      figures_(reel_.listener()) {
  const engine::FrozenTraces last = run.consolidate(figures_);
  figures_.finish(last);
  summary_.end = reel_end(run, state);
  const bool was_let_go = summary_.end.ending == ReelEnding::kDetached &&
                          summary_.end.tracing_ended == static_cast<uint32_t>(engine::EndReason::kDetached);
  if (plan.is_attached && was_let_go) summary_.end.tracing_ended = static_cast<uint32_t>(engine::EndReason::kNotEnded);
  reel_.finish(last, summary_.end);

  summary_.words = plan.words;
  summary_.process_id = run.process().id();
  summary_.ending = run.ending();
  summary_.seconds = run.seconds();
  summary_.threads = state.threads->count();
  if (reel_.is_open()) summary_.reel = reel_.path();
  summary_.reel_bytes = reel_.bytes();
  summary_.merged_game_frames = reel_.merged();
  summary_.reel_error = reel_.error();
  judged_ = judged_budgets(plan, budgets_.judge(), summary_.reel);
  if (are_there_any(summary_.end.costs.stray_frees, told)) summary_.stray_frees = stray_frees_of(summary_.reel, told);
}

Recording::~Recording() {
  close_if_open(program_fd_);
}

// The tracer's own costs and failures, for the reel's end.
ReelEnd Recording::reel_end(const TracedRun& run, const engine::TracerState& state) const {
  ReelEnd end;
  run.ending().store(end);
  end.time_ns = run.ended_ns();
  end.tracing_ended = static_cast<uint32_t>(state.consolidator->ended());
  // relaxed: a statistic, and the program is gone
  end.unrecorded = state.unrecorded.load(std::memory_order_relaxed);
  // relaxed: as above
  end.costs.misses_malloc = state.misses_malloc.load(std::memory_order_relaxed) ? 1 : 0;
  const engine::Consolidator& consolidator = *state.consolidator;
  end.costs.own_memory = engine::own_memory();
  end.tracer_bytes = end.costs.own_memory.total();
  end.costs.game_frames_by = game_frames_by(state, frame_at_);
  // When a better source has ended game frames, what the timer made before is part of the first one.
  if (end.costs.game_frames_by == "timer") {
    end.costs.clock_period_ms = state.options.frame_every_ms;
    end.costs.late_game_frames = consolidator.late_game_frames();
    end.costs.longest_game_frame_ns = consolidator.longest_late_ns();
  }
  for (const engine::StrayFree& stray : consolidator.stray_frees()) end.costs.stray_frees.push_back(stray);
  end.costs.own_allocator = own_allocator_of(program_fd_);
  // An allocator that hands its calls on, and was not seen to allocate at all, does not hand them on to us.
  if (end.costs.own_allocator.kind == OwnAllocator::kMayHandOn && figures_.totals().allocs == 0)
    end.costs.own_allocator.kind = OwnAllocator::kUnseen;
  end.consolidator_ns = processor_ns() - processor_ns_before_;
  end.rounds = state.consolidator->rounds();
  end.copied_bytes = state.consolidator->copied_bytes();
  return end;
}

}  // namespace heapreel::tools
