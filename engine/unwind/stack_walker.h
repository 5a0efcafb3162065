// Walks a thread's stack exactly, by the call-frame information of the code on it, inside malloc hooks.
//
// It works in the worst places: before main, in signal handlers, on alternate stacks and fibers, while the thread ends.
// A walk takes no lock, allocates nothing, and calls nothing of the program or its libraries except the loader's
// lock-free _dl_find_object, and that only for a pc that it has not met before. It reads stack words only where a
// proven rule says that the caller's registers are, and only in memory that is known to be readable (proven_stack.h).
// When a walk comes again, it is proven word by word instead of walked (remembered_walks.h).
#pragma once

#include "engine/unwind/module_table.h"
#include "engine/unwind/proven_stack.h"
#include "engine/unwind/remembered_walks.h"
#include "engine/unwind/unwind_frame_finder.h"
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
  uint64_t hash;        // of the frames that were written (stack_hash.h); equal frames have equal hashes
};

// One per thread and nesting level (a signal handler that interrupts a walk needs its own). Not for two
// threads at once. All-zero memory is a valid new walker: it has no constructor to run, and none to destroy.
class StackWalker {
 public:
  static constexpr uint32_t kMaxLimit = 1024;
  // Bytes that the engine can give each thread and nesting level. Pages are touched as more code and more stacks are
  // met.
  static constexpr uint32_t kMostBytes = 448 * 1024;

  // Writes the `limit` most recent frames, most recent first, each as frame_pc.h says. `limit` is in [1, kMaxLimit].
  WalkResult walk(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept;

  // The remembered walk that a walk from `start` would repeat, proven word by word. Null when there is none, and when
  // modules have come or gone, or the limit was another, since the last walk. Valid until the next walk.
  [[gnu::always_inline]] RememberedWalks::Walk* find_repeated(const WalkStart& start, uint32_t limit) noexcept {
    if (generation_ != ModuleTable::current_generation() || limit_ != limit) [[unlikely]]
      return nullptr;
    RememberedWalks::Walk* const known = walks_.find(start, era_);
    if (known != nullptr) [[likely]]
      walks_.credit();
    return known;
  }
  // The result for a walk that find_repeated() has returned. Its frames are not written, because a caller that knows
  // their hash may not need them. write_repeated() writes them, as long as there was no other walk.
  WalkResult repeat(const RememberedWalks::Walk& walk) noexcept;
  // Walks when find_repeated() has found nothing. Frames that are remembered are not written: see repeat().
  WalkResult walk_afresh(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept;
  // Repeats a remembered walk when there is one, and walks afresh otherwise.
  WalkResult walk_unless_repeated(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept;
  void write_repeated(const WalkResult& walk, uintptr_t* pcs) const noexcept;

  // Another thread uses this walker from now on.
  void forget_stack() noexcept;
  // A walk was left unfinished (siglongjmp out of a signal handler): forgets everything.
  void start_anew() noexcept;
  // Whether the thread's own stack holds `address`, where the thread has run. False when that is not known.
  bool own_stack_holds(uintptr_t address) noexcept { return stack_.find_on_own(address); }

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
    StackReads reads;
  };

  template <bool kRemember>
  WalkResult walk_frames(const WalkStart& start, uint32_t limit, uintptr_t* pcs) noexcept;
  void start_generation() noexcept;
  uint64_t era_of_stack() noexcept;
  UnwindRule compile(uintptr_t stored_pc) noexcept;
  UnwindRule rule_of(uintptr_t stored_pc) noexcept;
  bool is_planted(uintptr_t stored_pc) noexcept;
  bool prove_frame(UnwindRule rule, uintptr_t sp, uintptr_t bp, CallerPlace& caller) noexcept;
  void step_rarely(UnwindRule rule, const UnwindPosition& position, const WalkStart& start, RareStep& step) noexcept;
  void step_in_range(UnwindRule rule, const UnwindPosition& position, const WalkStart& start, RareStep& step) noexcept;
  void step_by_guess(UnwindRule rule, const UnwindPosition& position, RareStep& step) noexcept;
  void step_by_signal(UnwindRule rule, const UnwindPosition& position, RareStep& step) noexcept;
  void step_by_row(const UnwindPosition& position, const WalkStart& start, RareStep& step) noexcept;
  bool follow_signal(uintptr_t stored_pc, uintptr_t sp) noexcept;
  bool recover_registers(const UnwindPosition& position, const WalkStart& start, UnwindRegisters& registers) noexcept;
  bool was_called(uintptr_t pc) noexcept;

  static constexpr uint32_t kCallSites = 64;

  // The members that find_repeated() looks at first.
  uint32_t generation_;
  uint32_t limit_;
  uint64_t era_;  // of the last walk. A remembered walk is valid only in its era
  const RememberedWalks::Walk*
      repeated_;            // the walk that the last one repeated without writing its frames; may be null
  uint32_t repeated_from_;  // how many frames the last walk had written before it repeated that one

  uint64_t eras_;       // how many there have been
  uint64_t own_era_;    // of the thread's own stack: of this generation of modules, and this limit
  uint64_t visit_era_;  // of another stack: of visit_, too
  uint64_t visit_;
  ProvenStack stack_;
  uintptr_t call_sites_[kCallSites];  // return addresses that were_called(); direct-mapped
  RememberedWalks walks_;
  UnwindRuleCache rules_;
  UnwindFrameFinder frames_;
};

}  // namespace heapreel::engine
