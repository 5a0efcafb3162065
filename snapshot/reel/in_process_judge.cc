#include "snapshot/reel/in_process_judge.h"

#include <chrono>
#include <utility>

#include "engine/tracer/tracer.h"
#include "snapshot/reel/judged_status.h"

namespace heapreel {

using engine::FrozenTraces;

namespace {

constexpr std::chrono::seconds kWriterPatience{10};  // how long a reel's writer may take to come to the present

}  // namespace

InProcessJudge::InProcessJudge(engine::TracerState& tracer, const InProcessJudge* earlier)
    : earlier_(earlier),
      tracer_(tracer),
      tracer_started_ns_(tracer.started_monotonic_ns),
      actions_(tracer),
      watch_(tracer, {}) {}

bool InProcessJudge::wants_game_frame() {
  if (tracer_.budgets->count() != 0) return true;
  std::lock_guard lock(mutex_);
  missed_ = true;
  return false;
}

bool InProcessJudge::on_game_frame(const FrozenTraces& state) {
  const engine::UntracedScope untraced;
  std::lock_guard lock(mutex_);
  if (state.store_epoch == 0) {  // memory is spent
    watch_.on_merged_game_frame(state, domain_peaks_of(state));
    come_to(state.game_frame);
    return false;
  }
  judge(before_ ? &*before_ : nullptr, state);
  forget_before();
  before_ = state;
  return true;
}

void InProcessJudge::on_game_frame(const FrozenTraces* before, const FrozenTraces& after) {
  std::lock_guard lock(mutex_);
  // The first call has no state before: it is that of the last game frame before the reel began.
  judge(before == nullptr && before_ ? &*before_ : before, after);
  forget_before();
}

void InProcessJudge::on_merged_game_frame(const FrozenTraces& sums, std::span<const RecordedDomainPeak> peaks) {
  std::lock_guard lock(mutex_);
  watch_.on_merged_game_frame(sums, peaks);
  come_to(sums.game_frame);
}

bool InProcessJudge::on_mark(const char* name, const FrozenTraces& sums) {
  const engine::UntracedScope untraced;
  on_mark(std::string(name), sums);
  return false;
}

void InProcessJudge::on_mark(const std::string& name, const FrozenTraces& sums) {
  std::lock_guard lock(mutex_);
  watch_.on_mark(name, sums);
}

void InProcessJudge::on_game_frame_number(uint32_t game_frame, uint32_t number) {
  std::lock_guard lock(mutex_);
  number_ahead_ = number - game_frame;
}

void InProcessJudge::on_generation_end(const FrozenTraces& last) {
  const engine::UntracedScope untraced;
  std::lock_guard lock(mutex_);
  watch_.on_generation_end(last);
  incomplete_ = incomplete_ || last.ended != engine::EndReason::kNotEnded || last.unrecorded != 0;
  forget_before();
}

void InProcessJudge::on_end(const FrozenTraces& last) {
  std::lock_guard lock(mutex_);
  watch_.on_end(last);
  act_at_end(last);
}

void InProcessJudge::judge(const FrozenTraces* before, const FrozenTraces& after) {
  if (std::exchange(missed_, false)) {
    watch_.begin_after(after);
  } else {
    watch_.on_game_frame(before, after);
    if (is_of_program(after)) act(before, after);
  }
  come_to(after.game_frame);
}

// A game frame that the timer made may turn out to be part of the program's first one. What exceeds its limit in the
// part may not exceed it in the whole.
bool InProcessJudge::is_of_program(const FrozenTraces& state) {
  // relaxed: the program says so before it ends a game frame
  if (tracer_.game_frame_source.load(std::memory_order_relaxed) == engine::GameFrameSource::kTimer) {
    timer_made_some_ = true;
    return false;
  }
  return state.makeshift_game_frames != 0 || !timer_made_some_;
}

void InProcessJudge::act(const FrozenTraces* before, const FrozenTraces& after) {
  if (engine::on_breach() == engine::OnBreach::kNone) return;
  for (const BudgetJudge::Breach& breach : watch_.judge().breaches()) report(breach, before, after);
}

// Reports what no single game frame could tell: percentiles and averages over all of them, and limits that were broken
// only in game frames of the timer.
void InProcessJudge::act_at_end(const FrozenTraces& now) {
  act(nullptr, now);
  if (engine::on_breach() == engine::OnBreach::kNone) return;
  const BudgetJudge& judge = watch_.judge();
  for (size_t budget = 0; budget < judge.budgets().size(); ++budget) {
    for (const BudgetLimit& limit : judge.budgets()[budget].limits) {
      const auto reported = reported_.lower_bound({budget, limit.kind, 0});
      const bool is_known =
          reported != reported_.end() && std::get<0>(*reported) == budget && std::get<1>(*reported) == limit.kind;
      const LimitVerdict verdict = judge.verdict(budget, limit.kind);
      if (is_known || verdict.state != LimitVerdict::State::kBroken) continue;
      reported_.emplace(budget, limit.kind, engine::kUnknownTraceback);
      BreachReport report;
      report.budget = judge.budgets()[budget].name;
      report.limit = limit_info(limit.kind).name;
      report.value = verdict.value;
      report.most = limit.most;
      report.game_frame = verdict.worst_game_frame;
      if (number_ahead_ != 0) report.game_frame += now.makeshift_game_frames + number_ahead_;
      report.is_of_all = true;
      actions_.push(std::move(report));
    }
  }
}

void InProcessJudge::report(const BudgetJudge::Breach& breach, const FrozenTraces* before, const FrozenTraces& after) {
  const std::optional<engine::SiteId> top = watch_.top_site(breach, before, after);
  const uint32_t traceback = top ? after.sites->at(*top).traceback : engine::kUnknownTraceback;
  if (!reported_.emplace(breach.budget, breach.limit.kind, traceback).second) return;
  BreachReport report;
  report.budget = watch_.judge().budgets()[breach.budget].name;
  report.limit = limit_info(breach.limit.kind).name;
  report.value = breach.value;
  report.most = breach.limit.most;
  report.game_frame = breach.game_frame;
  if (number_ahead_ != 0) report.game_frame += after.makeshift_game_frames + number_ahead_;
  if (traceback != engine::kUnknownTraceback && traceback != engine::kDegradedTraceback) {
    const engine::StoredTraceback& stack = *after.tracebacks->at(traceback);
    static_assert(sizeof(uintptr_t) == sizeof(uint64_t));
    report.stack.resize(stack.depth);
    after.tracebacks->copy_pcs(stack, reinterpret_cast<uintptr_t*>(report.stack.data()));
    report.known_modules = stack.known_modules;
  }
  actions_.push(std::move(report));
}

void InProcessJudge::forget_before() {
  if (before_) engine::Consolidator::drop(tracer_, before_->generation, before_->store_epoch);
  before_.reset();
}

void InProcessJudge::come_to(uint32_t game_frame) {
  game_frame_ = game_frame;
  came_on_.notify_all();
}

bool InProcessJudge::is_news(const std::string& text) {
  return engine::on_breach() != engine::OnBreach::kNone && said_.insert(text).second;
}

int InProcessJudge::exit_status(const FrozenTraces* now, std::vector<std::string>& reasons) {
  const auto say_once = [&](const std::string& text) {
    if (is_news(text)) reasons.push_back(text);
  };
  std::unique_lock lock(mutex_);
  if (now != nullptr && tracer_.budgets->count() != 0) {
    // The consolidator has told about all game frames before `now` already, unless it tells a reel's writer, which has
    // a queue.
    const auto is_there = [&] { return missed_ || game_frame_ >= now->game_frame; };
    if (!came_on_.wait_for(lock, kWriterPatience, is_there)) {
      incomplete_ = true;
      say_once("budgets are not judged to the end: the reel's writer is too far behind");
    }
    watch_.on_end(*now);
    act_at_end(*now);
  }
  const BudgetJudge& judge = watch_.judge();
  bool broken = false;
  bool incomplete = incomplete_ || (now != nullptr && !now->complete()) || tracer_.budgets->refused() != 0;
  // relaxed: set before the program can ask
  incomplete = incomplete || tracer_.misses_malloc.load(std::memory_order_relaxed);
  if (judge.budgets().size() < tracer_.budgets->count()) {
    incomplete = true;
    say_once("no game frame has ended since a budget was declared: nothing was judged by it");
  }
  for (size_t budget = 0; budget < judge.budgets().size(); ++budget) {
    const Budget& given = judge.budgets()[budget];
    if (given.limits.empty()) continue;  // lifted
    const BudgetVerdict verdict = judge.verdict(budget);
    broken = broken || verdict.broken;
    if (!verdict.seen && given.required) {
      broken = true;
      say_once("nothing has the name of the budget " + given.name +
               ": check the name in the program's HEAPREEL_BUDGET");
    } else if (!verdict.complete) {
      incomplete = true;
      say_once("the budget of " + given.name + " could not be judged in every game frame");
    }
  }
  if (broken) return kBudgetBroken;
  if (incomplete) say_once("not everything that budgets apply to is in the record");
  return incomplete ? kNotAllJudged : kBudgetsKept;
}

}  // namespace heapreel
