#include "engine/unwind/proven_stack.h"

#include <atomic>
#include <initializer_list>

#include "engine/unwind/cpu.h"
#include "engine/unwind/unwind_os.h"

// A variable of ld.so: where the kernel put argc, above every frame of the main thread.
extern "C" void* __libc_stack_end;

namespace heapreel::engine {

namespace {

// A larger frame is taken to be an error.
constexpr uintptr_t kMostFrame = 4 << 20;
// At most so far below the known part of the thread's own stack, all pages between are asked for at once.
constexpr uintptr_t kNearOwn = 1 << 20;

// The thread pointer of the process's first thread; 0 until that thread was asked about. A child process keeps it: what
// runs there may be a copy of another thread, on that one's stack.
constinit std::atomic<uintptr_t> g_main_thread_pointer{0};

bool is_main_thread(uintptr_t thread_pointer) {
  // relaxed: the number itself is all that is told
  const uintptr_t known = g_main_thread_pointer.load(std::memory_order_relaxed);
  if (known != 0) return thread_pointer == known;
  if (!unwind_os::is_first_thread()) return false;
  // relaxed: as above
  g_main_thread_pointer.store(thread_pointer, std::memory_order_relaxed);
  return true;
}

}  // namespace

// The anchor is the thread pointer, at the top of every stack but the main thread's. The page that holds it is in use.
// The main thread's control block is a mapping like any other: what lies below it may be the stack of a fiber.
void ProvenStack::meet_thread(uintptr_t thread_pointer) noexcept {
  thread_pointer_ = thread_pointer;
  const bool is_main = is_main_thread(thread_pointer);
  const uintptr_t anchor = is_main ? reinterpret_cast<uintptr_t>(__libc_stack_end) : thread_pointer;
  own_ = {page_of(anchor), anchor};
}

bool ProvenStack::join_own(Range& range) noexcept {
  if (range.high != own_.low && !own_.holds(range.high)) return false;
  own_.low = range.low < own_.low ? range.low : own_.low;
  return true;
}

[[gnu::noinline, gnu::cold]] bool ProvenStack::find_on_own(uintptr_t address) noexcept {
  const uintptr_t page = page_of(address);
  if (const uintptr_t thread_pointer = cpu::thread_pointer(); thread_pointer != thread_pointer_) {
    meet_thread(thread_pointer);
  }
  // The page may belong to the thread's own stack, which has become deeper.
  if (page < own_.low && own_.low - page <= kNearOwn) {
    uintptr_t high = page + kPage;
    while (high < own_.low && unwind_os::is_readable_word(high)) high += kPage;
    if (high >= own_.low) own_.low = page;
  }
  return is_own(address);
}

[[gnu::noinline, gnu::cold]] void ProvenStack::enter_other() noexcept {
  if (find_on_own(at_)) {
    current_ = &own_;
    is_visiting_ = false;
    return;
  }
  const uintptr_t page = page_of(at_);
  current_ = &other_;
  const bool adjoins = page + kPage >= other_.low && page <= other_.high;
  if (is_visiting_ && adjoins) {
    if (page < other_.low) other_.low = page;
    if (page + kPage > other_.high) other_.high = page + kPage;
    return;
  }
  other_ = {page, page + kPage};
  unreadable_ = 0;
  is_visiting_ = true;
  ++visit_;
}

[[gnu::noinline, gnu::cold]] bool ProvenStack::reach_further(uintptr_t lowest, uintptr_t highest) noexcept {
  if (current_ == &own_) return false;
  // A chain of frame pointers may lead here from a stack that the program switched to by hand.
  if (lowest >= own_.low && lowest < highest && highest <= own_.high) {
    current_ = &own_;
    return true;
  }
  Range& range = *current_;
  if (highest - range.high > kMostFrame) return false;
  while (range.high < highest && !join_own(range)) {
    if (range.high == unreadable_ || !unwind_os::is_readable_word(range.high)) {
      if (current_ == &other_) unreadable_ = range.high;
      return false;
    }
    range.high += kPage;
  }
  if (!join_own(range)) return true;
  current_ = &own_;
  return highest <= own_.high;
}

bool ProvenStack::move_to(uintptr_t sp) noexcept {
  for (Range* const range : std::initializer_list<Range*>{&own_, &other_}) {
    const bool known = range == &own_ || is_visiting_;
    if (!known || (!range->holds(sp) && sp != range->high)) continue;
    current_ = range;
    return true;
  }
  if (!unwind_os::is_readable_word(sp)) return false;
  passing_ = {page_of(sp), page_of(sp + kWord - 1) + kPage};
  current_ = &passing_;
  return true;
}

uintptr_t ProvenStack::end_at(uintptr_t sp) const noexcept {
  if (own_.holds(sp)) return own_.high;
  if (is_visiting_ && other_.holds(sp)) return other_.high;
  return current_ == &passing_ && passing_.holds(sp) ? passing_.high : 0;
}

}  // namespace heapreel::engine
