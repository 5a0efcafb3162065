#include "engine/crosscheck/stack_crosscheck.h"

#include "engine/memory/platform.h"
#include "engine/unwind/cpu.h"
#include "engine/unwind/frame_pc.h"
#include "engine/unwind/stack_hash.h"

namespace heapreel::engine {
namespace {

// The functions of this process. Unlike the counts they are not shared, because they lie elsewhere in the process that
// reads these.
constinit ReferenceUnwinders g_unwinders = {};

// Drops the frames of heapreel itself, and the null with which some stacks end. 0 when the start is not among the
// frames.
uint32_t from_start(const WalkStart& start, void** pcs, int count) {
  int first = 0;
  while (first < count && reinterpret_cast<uintptr_t>(pcs[first]) != start.pc) ++first;
  while (count > first && pcs[count - 1] == nullptr) --count;
  for (int i = first; i < count; ++i) pcs[i - first] = pcs[i];
  return count > first ? static_cast<uint32_t>(count - first) : 0;
}

// A walk that ended at its limit must agree as far as it goes; one that reached the bottom must agree in its depth as
// well.
bool agrees(const WalkResult& walk, const uintptr_t* pcs, void* const* judged, uint32_t count) {
  if (walk.reached_bottom || walk.approximate ? count != walk.depth : count < walk.depth) return false;
  for (uint32_t i = 0; i < walk.depth; ++i) {
    if (frame_pc::address(pcs[i]) != reinterpret_cast<uintptr_t>(judged[i])) return false;
  }
  return true;
}

bool same(const StackCrosscheck::Scratch& scratch) {
  if (scratch.libunwind_count != scratch.libgcc_count) return false;
  for (uint32_t i = 0; i < scratch.libgcc_count; ++i) {
    if (scratch.libunwind[i] != scratch.libgcc[i]) return false;
  }
  return true;
}

void copy(void* const* from, uint32_t count, uintptr_t* to) {
  for (uint32_t i = 0; i < count && i < StackDifference::kMostFrames; ++i) to[i] = reinterpret_cast<uintptr_t>(from[i]);
}

void add(std::atomic<uint64_t>& counter, uint64_t by = 1) {
  // relaxed: a statistic
  counter.fetch_add(by, std::memory_order_relaxed);
}

uint64_t value_of(const std::atomic<uint64_t>& counter) {
  // relaxed: a statistic
  return counter.load(std::memory_order_relaxed);
}

}  // namespace

void StackCrosscheck::begin(const ReferenceUnwinders& unwinders) noexcept {
  constexpr int kProbes = 1000;
  g_unwinders = unwinders;
  timer_ticks_ = UINT64_MAX;
  for (int i = 0; i < kProbes; ++i) {
    const uint64_t before = cpu::ticks();
    const uint64_t spent = cpu::ticks() - before;
    if (spent < timer_ticks_) timer_ticks_ = spent;
  }
  started_ns_ = platform::monotonic_ns();
  started_ticks_ = cpu::ticks();
  // [crosscheck.unwinders] release
  ready_.store(1, std::memory_order_release);
}

bool StackCrosscheck::ask(Scratch& scratch) noexcept {
  // [crosscheck.unwinders] acquire
  if (ready_.load(std::memory_order_acquire) == 0) {
    add(unchecked_);
    return false;
  }
  const uint64_t before = cpu::ticks();
  const int count = g_unwinders.libunwind(scratch.libunwind, Scratch::kCapacity);
  libunwind_.add(cpu::ticks() - before);
  scratch.libunwind_count = count > 0 ? static_cast<uint32_t>(count) : 0;
  return true;
}

void StackCrosscheck::compare(const WalkStart& start, const WalkResult& walk, const uintptr_t* pcs, uint64_t ours_ticks,
                              Scratch& scratch) noexcept {
  ours_.add(ours_ticks);
  add(checked_);
  add(frames_, walk.depth);
  if (walk.hash != stack_hash::of(pcs, walk.depth)) add(hash_errors_);
  scratch.libunwind_count = from_start(start, scratch.libunwind, static_cast<int>(scratch.libunwind_count));
  if (agrees(walk, pcs, scratch.libunwind, scratch.libunwind_count)) return;

  scratch.libgcc_count = 0;
  if (g_unwinders.libgcc != nullptr) {
    const int count = g_unwinders.libgcc(scratch.libgcc, Scratch::kCapacity);
    scratch.libgcc_count = from_start(start, scratch.libgcc, count);
  }
  StackVerdict verdict = StackVerdict::kUndecided;
  if (walk.approximate) {
    verdict = StackVerdict::kGuessed;
  } else if (agrees(walk, pcs, scratch.libgcc, scratch.libgcc_count)) {
    verdict = StackVerdict::kTheirs;
  } else if (scratch.libgcc_count != 0 && same(scratch)) {
    verdict = StackVerdict::kWrong;
  }
  keep(verdict, walk, pcs, scratch);
}

void StackCrosscheck::keep(StackVerdict verdict, const WalkResult& walk, const uintptr_t* pcs,
                           const Scratch& scratch) noexcept {
  const auto row = static_cast<uint32_t>(verdict);
  // relaxed: a statistic; that each caller gets a number of its own is all that matters here
  const uint64_t number = verdicts_[row].fetch_add(1, std::memory_order_relaxed);
  if (number >= kKeptOfEach) return;
  StackDifference& kept = differences_[row][number];
  kept.verdict = verdict;
  kept.reached_bottom = walk.reached_bottom;
  kept.ours_depth = walk.depth;
  kept.libunwind_depth = scratch.libunwind_count;
  kept.libgcc_depth = scratch.libgcc_count;
  for (uint32_t i = 0; i < walk.depth && i < StackDifference::kMostFrames; ++i) kept.ours[i] = pcs[i];
  copy(scratch.libunwind, scratch.libunwind_count, kept.libunwind);
  copy(scratch.libgcc, scratch.libgcc_count, kept.libgcc);
  // [crosscheck.publish] release
  kept.published.store(1, std::memory_order_release);
}

StackCrosscheck::Counts StackCrosscheck::counts() const noexcept {
  Counts counts{value_of(checked_), value_of(frames_), value_of(unchecked_), value_of(hash_errors_), {}};
  for (uint32_t i = 0; i < kStackVerdicts; ++i) counts.verdicts[i] = value_of(verdicts_[i]);
  return counts;
}

double StackCrosscheck::ns_per_tick() const noexcept {
  const uint64_t ticks = cpu::ticks() - started_ticks_;
  return ticks == 0 ? 0 : static_cast<double>(platform::monotonic_ns() - started_ns_) / static_cast<double>(ticks);
}

const StackDifference* StackCrosscheck::difference(StackVerdict verdict, uint32_t i) const noexcept {
  const StackDifference& kept = differences_[static_cast<uint32_t>(verdict)][i];
  // [crosscheck.publish] acquire
  return kept.published.load(std::memory_order_acquire) != 0 ? &kept : nullptr;
}

}  // namespace heapreel::engine
