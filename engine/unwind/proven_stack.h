// Which memory of the stacks that a thread runs on is known to be readable.
//
// Call-frame tables can be wrong about where a caller is: a function that moves the stack pointer by hand (fibers of
// all kinds) looks like any other, and "above its frame" may be a guard page. So a walk reads only memory that is
// proven to be readable: the page to which the program has just pushed a return address, and every page above it that
// the kernel said can be read. Asking the kernel is a system call, so the answers are remembered:
//   - of the thread's own stack for as long as the thread lives. It is recognised by being readable without a gap up to
//     where glibc keeps the thread's control block; the main thread's, up to where the kernel put argc. Nobody unmaps
//     the stack of a living thread.
//   - of one other stack, while the thread stays on it. A visit ends when a walk begins anywhere else: stacks of fibers
//     come and go, and what was known of one says nothing about the next at its place.
//
// Private to one walk at a time. All-zero memory is valid: nothing is known.
#pragma once

#include <cstdint>

namespace heapreel::engine {

class ProvenStack {
 public:
  // A walk begins at `sp`; a return address has just been pushed right below it.
  void enter(uintptr_t sp) noexcept {
    at_ = sp - kWord;
    if (is_own(at_)) [[likely]] {
      current_ = &own_;
      is_visiting_ = false;
    } else {
      enter_other();
    }
  }

  // Whether the walk began on the thread's own stack; may become true while it goes on.
  bool began_on_own() const { return is_own(at_); }
  // A number that changes when what was known about a stack other than the thread's own is given up.
  uint64_t visit() const { return visit_; }

  // The end of what may be read from where the walk is.
  uintptr_t end() const { return current_->high; }
  uintptr_t low() const { return current_->low; }

  // Whether a frame whose words lie in [lowest, highest) may be read too; end() then tells how far the walk may read.
  // Asks the kernel about pages of which nothing is known.
  bool reach(uintptr_t lowest, uintptr_t highest) noexcept {
    return highest <= current_->high || reach_further(lowest, highest);
  }

  // The walk goes on at `sp`, the stack pointer that a signal interrupted. False: it cannot be read.
  bool move_to(uintptr_t sp) noexcept;
  // Whether the walk is on a stack of which nothing is remembered.
  bool is_passing() const { return current_ == &passing_; }
  // The end of what is known to be readable around `sp`; 0 when nothing is.
  uintptr_t end_at(uintptr_t sp) const noexcept;

  // Whether `address` is known to lie on the thread's own stack, or on the other one where the thread is. Never asks
  // the kernel.
  bool holds(uintptr_t address) const { return is_own(address) || (is_visiting_ && other_.holds(address)); }

  // Whether `address`, where the thread ran, lies on its own stack. May ask the kernel about the pages between.
  bool find_on_own(uintptr_t address) noexcept;

  void forget() noexcept {
    const uint64_t visit = visit_;
    *this = {};
    visit_ = visit + 1;
  }

 private:
  static constexpr uintptr_t kWord = 8;
  // The unit in which the kernel is asked. The kernel's pages are multiples of it, so that its answer about one word
  // holds for the whole unit.
  static constexpr uintptr_t kPage = 4096;
  static constexpr uintptr_t page_of(uintptr_t address) { return address & ~(kPage - 1); }

  struct Range {
    uintptr_t low;
    uintptr_t high;

    bool holds(uintptr_t address) const { return address - low < high - low; }
  };

  bool is_own(uintptr_t address) const { return own_.holds(address); }
  void enter_other() noexcept;
  bool reach_further(uintptr_t lowest, uintptr_t highest) noexcept;
  void meet_thread(uintptr_t thread_pointer) noexcept;
  bool join_own(Range& range) noexcept;

  uintptr_t at_;
  Range own_;      // ends at the anchor: the thread pointer, or the main thread's first word
  Range other_;    // of this visit
  Range passing_;  // behind a signal frame, in this walk
  Range* current_;
  uintptr_t unreadable_;      // a page that ended this visit's range, 0: none
  uintptr_t thread_pointer_;  // the thread to which own_ belongs
  uint64_t visit_;
  bool is_visiting_;
};

}  // namespace heapreel::engine
