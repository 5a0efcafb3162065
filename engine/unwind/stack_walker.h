// Walks a thread's stack exactly, by the call-frame information of the code on it, inside malloc hooks.
//
// Made for the worst places: before main, in signal handlers, on alternate stacks and fibers, while the
// thread ends. A walk takes no lock, allocates nothing, and calls nothing of the program or its libraries but
// the loader's lock-free _dl_find_object, and that only for a pc it has not met before. It reads stack words
// only where a proven rule says the caller's registers are, and never outside the bounds of the stack as far
// as these can be known.
#pragma once

#include "engine/unwind/unwind_frame_finder.h"
#include "engine/unwind/unwind_memo.h"
#include "engine/unwind/unwind_position.h"
#include "engine/unwind/unwind_registers.h"
#include "engine/unwind/unwind_rule.h"
#include "engine/unwind/unwind_rule_cache.h"
#include "engine/unwind/walk_start.h"

namespace heapreel::engine {

struct WalkResult {
  uint32_t depth;       // frames written, at least 1
  bool reached_bottom;  // the outermost frame is among them: depth is the stack's true depth
  bool approximate;     // a frame was guessed (code without unwind tables), or the walk stopped short of both
                        // the bottom and the limit
  uint64_t hash;        // of the frames written (stack_hash.h): equal frames, equal hash
};

// One per thread and nesting level (a signal handler that interrupts a walk needs its own). Not for two
// threads at once. All-zero memory is a valid new walker: it has no constructor to run, and none to destroy.
class StackWalker {
 public:
  static constexpr uint32_t kMaxLimit = 1024;
  // What the engine is ready to give each thread and nesting level; pages are touched as stacks get deep.
  static constexpr uint32_t kMostBytes = 128 * 1024;

  // Writes the `limit` most recent frames, most recent first, each as frame_pc.h says; `limit` in [1,
  // kMaxLimit].
  WalkResult walk(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept;

  // The same, but a stack that was walked just before is only proven, not written: who knows its hash may not need its
  // frames. write_repeated() makes up for it, until the next walk.
  WalkResult walk_unless_repeated(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept;
  void write_repeated(const WalkResult& walk, uintptr_t* pcs) const noexcept;

  // The generation of modules (module_table.h) that the last walk saw. Frames of different generations may be
  // different code at the same address, and what is remembered by hash alone must not outlive a change of it.
  uint32_t generation() const { return generation_; }

 private:
  enum class Outcome : uint8_t {
    kStepped,
    kGuessed,
    kBottom,     // there is no caller: the frame's rule and registers say so
    kNoAddress,  // there is no caller: its return address is 0
    kLost,
  };

  struct RareStep {
    Outcome outcome;
    UnwindPosition caller;
  };

  WalkResult walk_afresh(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept;
  template <bool kRemember>
  WalkResult walk_frames(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept;
  void start_generation() noexcept;
  UnwindRule compile(uintptr_t stored_pc) noexcept;
  bool is_planted(uintptr_t stored_pc) noexcept;
  RareStep step_rarely(UnwindRule rule, const UnwindPosition& position, bool guessed_before,
                       const WalkStart& start) noexcept;
  static RareStep to_caller(Outcome outcome, const UnwindPosition& caller) noexcept;
  RareStep step_by_row(const UnwindPosition& position, const WalkStart& start) noexcept;
  bool recover_registers(const UnwindPosition& position, const WalkStart& start, UnwindRegisters& registers) noexcept;

  UnwindRuleCache rules_;
  UnwindMemo memo_;
  UnwindFrameFinder frames_;
  uint32_t generation_;
  uint32_t repeated_;  // where in the memo the last walk begins, if that is where its frames were left
};

}  // namespace heapreel::engine
