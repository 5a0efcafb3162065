// Compares every captured stack with the one that libunwind finds at the same moment. It is a debugging aid, off unless
// TracerOptions::crosscheck_stacks is set. It costs several times the walk itself, and the other unwinders take locks.
//
// Where the two differ, libgcc's unwinder is asked as well, and two against one decide. All results lie in the arena,
// so that the consolidating process reports them whatever ended the program.
//
// Sync edges:
//   [crosscheck.unwinders]  ready_: release in begin -> acquire in ask. Carries the reference unwinders and when timing
//                           began.
//   [crosscheck.publish]    StackDifference::published: release in keep -> acquire by the reader. Carries the rest.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/crosscheck/capture_times.h"
#include "engine/crosscheck/reference_unwinders.h"
#include "engine/unwind/stack_walker.h"

namespace heapreel::engine {

enum class StackVerdict : uint8_t {
  kWrong,      // both others agree: the walker is wrong
  kUndecided,  // all differ, or there is no arbiter
  kGuessed,    // they differ, and the walker had said that it guessed (code without tables)
  kTheirs,     // the arbiter agrees with the walker: libunwind is wrong
};
inline constexpr uint32_t kStackVerdicts = 4;

struct StackDifference {
  static constexpr uint32_t kMostFrames = 256;

  std::atomic<uint32_t> published;
  StackVerdict verdict;
  bool reached_bottom;
  uint32_t ours_depth;  // of each: the true depth, of which kMostFrames are kept
  uint32_t libunwind_depth;
  uint32_t libgcc_depth;
  uintptr_t ours[kMostFrames];  // as frame_pc.h says
  uintptr_t libunwind[kMostFrames];
  uintptr_t libgcc[kMostFrames];
};

// All-zero memory is a valid start.
class StackCrosscheck {
 public:
  static constexpr uint32_t kKeptOfEach = 4;

  struct Counts {
    uint64_t checked;
    uint64_t frames;
    uint64_t unchecked;    // captures from before the reference unwinders were loaded
    uint64_t hash_errors;  // walks whose hash is not that of their frames
    uint64_t verdicts[kStackVerdicts];
  };

  // What one thread needs for the comparison. Memory that is all zero will do.
  struct Scratch {
    static constexpr uint32_t kCapacity = StackWalker::kMaxLimit + 64;
    uint64_t captures;
    uint32_t libunwind_count;
    uint32_t libgcc_count;
    void* libunwind[kCapacity];
    void* libgcc[kCapacity];
  };

  // From now on the reference unwinders can be asked, in this process.
  void begin(const ReferenceUnwinders& unwinders) noexcept;

  // Asks libunwind for the stack of the caller, before or after the walk. False when begin() was not called yet.
  bool ask(Scratch& scratch) noexcept;
  // Compares what ask() found with the walk of the same capture, which took `ours_ticks` with its interning.
  void compare(const WalkStart& start, const WalkResult& walk, const uintptr_t* pcs, uint64_t ours_ticks,
               Scratch& scratch) noexcept;

  Counts counts() const noexcept;
  double ns_per_tick() const noexcept;                   // from begin() to now
  uint64_t timer_ticks() const { return timer_ticks_; }  // what measuring adds to every time
  const CaptureTimes& our_times() const { return ours_; }
  const CaptureTimes& libunwind_times() const { return libunwind_; }
  // The `i`-th kept difference of a verdict, i < kKeptOfEach; null when there are fewer.
  const StackDifference* difference(StackVerdict verdict, uint32_t i) const noexcept;

 private:
  void keep(StackVerdict verdict, const WalkResult& walk, const uintptr_t* pcs, const Scratch& scratch) noexcept;

  std::atomic<uint32_t> ready_;
  uint64_t timer_ticks_;
  uint64_t started_ticks_;
  uint64_t started_ns_;

  // relaxed throughout: statistics
  std::atomic<uint64_t> checked_;
  std::atomic<uint64_t> frames_;
  std::atomic<uint64_t> unchecked_;
  std::atomic<uint64_t> hash_errors_;
  std::atomic<uint64_t> verdicts_[kStackVerdicts];
  CaptureTimes ours_;
  CaptureTimes libunwind_;
  StackDifference differences_[kStackVerdicts][kKeptOfEach];
};

}  // namespace heapreel::engine
