#include "snapshot/reel/in_process_judging.h"

#include <heapreel/heapreel_c.h>
#include <heapreel/tracing.h>

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <mutex>
#include <new>
#include <string>
#include <vector>

#include "engine/memory/platform.h"
#include "engine/memory/sanitized_program.h"
#include "engine/tracer/tracer.h"
#include "snapshot/reel/judged_status.h"

namespace heapreel {
namespace {

constexpr uint64_t kRunPatienceNs = 10'000'000'000;

enum class Teller { kNobody, kConsolidator, kReel };

std::mutex g_mutex;
// Owner of all three: g_mutex's holder. They are no static objects, because a forked child must not destroy them.
InProcessJudge* g_judge = nullptr;
Teller g_teller = Teller::kNobody;
pid_t g_process = 0;

// In a forked child the judge belongs to the parent, and a thread of the parent may have held the lock.
void forget_parents() {
  if (g_process == 0 || g_process == getpid()) return;
  g_judge = nullptr;
  g_teller = Teller::kNobody;
  g_process = 0;
  new (&g_mutex) std::mutex();
}

// Before the process ends, everything is told that has to be told of broken budgets.
void settle_at_exit(int /*unused*/, void* /*unused*/) {
  if (g_process == getpid() && g_judge != nullptr) g_judge->actions().settle();
}

void begin_judging() {
  const engine::UntracedScope untraced;
  forget_parents();
  std::lock_guard lock(g_mutex);
  engine::TracerState* const tracer = engine::tracer_state();
  if (tracer == nullptr || tracer->consolidated_elsewhere) return;
  const bool is_new = g_judge == nullptr || !g_judge->is_current(tracer);
  if (!is_new && g_teller != Teller::kNobody) return;
  if (is_new) {
    // Never destroyed, because a thread of its own may be at work. It does not lie in malloc's memory, because start()
    // must not leave blocks there that a check of the caller's heap (reconcile) would have to explain. But a leak
    // checker finds its memory only in malloc's.
    void* const memory = __asan_init != nullptr ? operator new(sizeof(InProcessJudge), std::nothrow)
                                                : engine::platform::map_private(sizeof(InProcessJudge)).base;
    if (memory == nullptr) return;
    g_judge = new (memory) InProcessJudge(*tracer, g_judge);
    g_process = getpid();
    static const bool is_registered = on_exit(settle_at_exit, nullptr) == 0;
    static_cast<void>(is_registered);
  } else {
    g_judge->on_generation_end(engine::FrozenTraces{});
  }
  g_teller = engine::listen(*g_judge) ? Teller::kConsolidator : Teller::kNobody;
}

// A program that is linked to heapreel may be traced by its environment alone, before any of this is called.
[[gnu::constructor]] void on_load() {
  engine::when_consolidating(begin_judging);
}

int status_by_run(const engine::TracerState& tracer, const engine::FrozenTraces& now) {
  if (tracer.budgets->count() != 0 && now.game_frame == 0) return kNotAllJudged;
  engine::BudgetFindings findings;
  if (!tracer.judged.wait_for(now.game_frame, kRunPatienceNs, findings)) return kNotAllJudged;
  return findings.broken ? kBudgetBroken : findings.incomplete || !now.complete() ? kNotAllJudged : kBudgetsKept;
}

int status_of_budgets(std::vector<std::string>& reasons) {
  forget_parents();
  const engine::SnapshotHandle handle = engine::take_snapshot();
  const engine::FrozenTraces* const now = handle.get();
  InProcessJudge* judge = nullptr;
  {
    std::lock_guard lock(g_mutex);
    judge = g_judge;
  }
  const engine::TracerState* const tracer = engine::tracer_state();
  if (judge != nullptr && judge->is_current(tracer)) {
    const int status = judge->exit_status(now, reasons);
    judge->actions().settle();
    return status;
  }
  if (now != nullptr && tracer->consolidated_elsewhere) return status_by_run(*tracer, *now);
  if (!engine::has_budgets() && (now == nullptr || tracer->budgets->count() == 0)) return 0;
  reasons.emplace_back("the program's budgets were not judged: it was not traced, or not by its own copy of heapreel");
  return kNotAllJudged;
}

}  // namespace

InProcessJudge* in_process_judge() {
  std::lock_guard lock(g_mutex);
  return g_judge != nullptr && g_judge->is_current(engine::tracer_state()) ? g_judge : nullptr;
}

void judge_by_reel() {
  std::lock_guard lock(g_mutex);
  g_teller = Teller::kReel;
}

void judge_what_is_left() {
  const engine::UntracedScope untraced;
  forget_parents();
  InProcessJudge* const judge = in_process_judge();
  if (judge == nullptr || judge->tracer().budgets->count() == 0) return;
  {
    std::lock_guard lock(g_mutex);
    if (g_teller != Teller::kConsolidator) return;
  }
  const engine::SnapshotHandle handle = engine::take_snapshot();
  if (const engine::FrozenTraces* const now = handle.get(); now != nullptr) judge->on_end(*now);
}

void end_judging_by_reel() {
  std::lock_guard lock(g_mutex);
  g_teller = Teller::kNobody;
}

int exit_status() {
  const engine::UntracedScope untraced;
  std::vector<std::string> reasons;
  const int status = status_of_budgets(reasons);
  for (const std::string& reason : reasons) std::fprintf(stderr, "heapreel: %s\n", reason.c_str());
  return status;
}

}  // namespace heapreel

extern "C" int heapreel_exit_status() noexcept {
  try {
    return heapreel::exit_status();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "heapreel: %s\n", error.what());
    return heapreel::kNotAllJudged;
  }
}
