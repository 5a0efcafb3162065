#include "engine/record/thread_recorder.h"

#include <cstring>

#include "engine/memory/platform.h"
#include "engine/record/overload.h"
#include "engine/record/recorder_entry.h"
#include "engine/record/recording_end.h"
#include "engine/record/stack_slot.h"
#include "engine/unwind/unwind_os.h"

namespace heapreel::engine {

namespace {

// A signal handler may interrupt a hook, and another one may interrupt that handler. More levels than this are an
// error.
constexpr int kMostLevels = 6;
// The name that this thread gave itself before its first event; empty when there is none.
thread_local constinit char t_thread_name [[gnu::tls_model("initial-exec")]][16] = {};

// A thread that ends leaves its recorder behind, and a new thread adopts one. It looks at this many before it makes its
// own.
constexpr uint32_t kAdoptionTries = 16;

// Says who the thread is, without a system call where the C library knows it. A vfork child, and a thread that borrows
// its maker's storage while the maker waits, record as the maker: with the maker's recorder, which stays with the maker
// when they are gone.
void introduce(Recorder* recorder) {
  const uint32_t storage_owner = platform::storage_owner_id();
  const uint32_t thread = storage_owner != 0 ? storage_owner : platform::thread_id();
  recorder->thread_index = t_thread_name[0] != '\0' ? g_recording->threads->add(t_thread_name, thread)
                                                    : g_recording->threads->add_unnamed(thread);  // kNone: too many
}

Recorder* adopt() {
  // relaxed: where to begin looking
  static std::atomic<uint32_t> cursor{0};
  const uint32_t count = g_recording->rings->count();
  for (uint32_t tries = 0; tries < kAdoptionTries && tries < count; ++tries) {
    // relaxed: as above
    Recorder* candidate = g_recording->rings->at(cursor.fetch_add(1, std::memory_order_relaxed) % count);
    // [recorder.owner] acquire
    if (candidate == nullptr || !candidate->is_inheritable.load(std::memory_order_acquire)) continue;
    if (candidate->owner.inherit()) return candidate;
  }
  return nullptr;
}

Recorder* make(bool nested, bool untraced_scope) {
  auto* recorder = static_cast<Recorder*>(Arena::allocate(sizeof(Recorder)));
  if (recorder == nullptr) return nullptr;
  recorder->is_nested = nested;
  recorder->is_untraced_scope = untraced_scope;
  recorder->stack_mode = usual_stack_mode(recorder);
  g_recording->segments->add_ring();
  return g_recording->rings->add(recorder) ? recorder : nullptr;
}

// Forgets the owner: the next event says who it is.
void begin_anew(Recorder* recorder) {
  recorder->tag = 0;
  recorder->announced = false;
  // relaxed: the ring shows a consumer nothing of an unfinished hook, and has published all of the finished ones
  recorder->inside.store(Recorder::kOutside, std::memory_order_relaxed);
}

// Repairs the recorder after a hook was left unfinished: what the hook was about to publish has not happened. False
// when the ring cannot go on from there.
bool repair(Recorder* recorder) {
  if (!recorder->ring.recover()) return false;
  recorder->walker.start_anew();
  forget_tracebacks(recorder);
  begin_anew(recorder);
  return true;
}

// Makes what a dead thread left behind the calling thread's own.
bool take_over(Recorder* recorder) {
  for (Recorder* level = recorder; level != nullptr; level = level->nested) {
    // [recorder.inside] acquire: what the dead owner's hooks did up to their last leave
    const bool was_left = level->inside.load(std::memory_order_acquire) == Recorder::kInHook;
    if (was_left && !repair(level)) return false;
    level->walker.forget_stack();
    begin_anew(level);
  }
  return true;
}

Recorder* first_recorder() {
  const bool can_own = platform::storage_owner_id() != 0;
  Recorder* recorder = can_own ? adopt() : nullptr;
  if (recorder != nullptr && take_over(recorder)) return recorder;
  recorder = make(false, false);
  if (recorder != nullptr && can_own && recorder->owner.begin()) {
    // [recorder.owner] release
    recorder->is_inheritable.store(true, std::memory_order_release);
  }
  return recorder;
}

Recorder* first_event() {
  Recorder* recorder = first_recorder();
  if (recorder == nullptr) {
    count_unrecorded();
    end_tracing(EndReason::kTooManyThreads);
    return nullptr;
  }
  introduce(recorder);
  for (Recorder* level = recorder; level != nullptr; level = level->nested) {
    level->thread_index = recorder->thread_index;
  }
  t_recorder = recorder;
  return recorder;
}

// Whether the hook on this level was left. A hook that a signal interrupted either goes on after the handler, or never:
// the handler may have left it by siglongjmp. On one stack, a call that lies further out than the signal frame would
// prove that the hook is gone. A handler on an alternate stack proves nothing, because that stack may lie anywhere,
// even inside the thread's own.
bool was_left(Recorder* recorder, const Recorder* level, uintptr_t sp) {
  // The frames of hooks take less than this, while the kernel's signal frame and its red zone take more.
  constexpr uintptr_t kHookFrames = 256;
  // relaxed: written by this thread only
  return level->inside.load(std::memory_order_relaxed) == Recorder::kInHook && sp + kHookFrames >= level->hook_sp &&
         recorder->walker.own_stack_holds(level->hook_sp) && recorder->walker.own_stack_holds(sp) &&
         !unwind_os::is_on_signal_stack();
}

// Makes the levels usable again whose hooks were left. Hooks on deeper levels ran inside of them, and are gone as well.
// False when a ring was left in a state from which it cannot go on.
bool take_back_left_levels(Recorder* recorder, uintptr_t sp) {
  bool left = false;
  for (Recorder* level = recorder; level != nullptr; level = level->nested) {
    left = left || was_left(recorder, level, sp);
    // relaxed: written by this thread only
    if (!left || level->inside.load(std::memory_order_relaxed) != Recorder::kInHook) continue;
    if (!repair(level)) return false;
  }
  return true;
}

// A level for untraced scopes and one for other hooks never replace one another.
Recorder* nested_level(Recorder* recorder, bool untraced_scope) {
  for (int level = 1; level < kMostLevels; ++level) {
    if (recorder->nested == nullptr) {
      Recorder* nested = make(true, untraced_scope);
      if (nested == nullptr) break;
      nested->thread_index = recorder->thread_index;
      recorder->nested = nested;
    }
    recorder = recorder->nested;
    // relaxed: written by this thread only
    const bool is_free = recorder->inside.load(std::memory_order_relaxed) == Recorder::kOutside;
    if (!is_free || recorder->is_untraced_scope != untraced_scope) continue;
    if (recorder->scope != t_scope) recorder->tag = 0;  // no epoch's tag: catch_up_with_epoch() announces the scope
    return recorder;
  }
  count_unrecorded();
  return nullptr;
}

}  // namespace

constinit TracingSwitch g_tracing = {};  // constinit: hooks run before any constructor of this library
constinit RecordingState* g_recording = nullptr;
thread_local constinit Recorder* t_recorder = nullptr;
thread_local constinit uint32_t t_scope = 0;

void note_thread_name(const char* name) noexcept {
  const size_t length = length_that_fits(name, sizeof t_thread_name - 1);
  std::memcpy(t_thread_name, name, length);
  t_thread_name[length] = '\0';
}

void give_up_recorder_for_test() {
  // relaxed: this thread's own
  if (t_recorder != nullptr && t_recorder->is_inheritable.load(std::memory_order_relaxed)) t_recorder->owner.end();
  t_recorder = nullptr;
}

bool wipe_switch_on_fork() {
  return platform::wipe_on_fork(&g_tracing, sizeof(g_tracing));
}

Recorder* enter_slow(Recorder* recorder, Purpose purpose, uintptr_t sp) {
  if (recorder == nullptr) return first_event();
  if (!take_back_left_levels(recorder, sp)) {
    // relaxed: nobody is to inherit it
    recorder->is_inheritable.store(false, std::memory_order_relaxed);
    return first_event();
  }
  if (is_free(recorder)) return recorder;
  // relaxed: written by this thread only
  if (recorder->inside.load(std::memory_order_relaxed) == Recorder::kInUntracedScope) {
    return purpose == Purpose::kBirth ? nullptr : nested_level(recorder, true);
  }
  return nested_level(recorder, false);
}

bool begin_untraced_scope() {
  Recorder* recorder = enter();
  if (recorder == nullptr) return false;
  leave(recorder);
  if (recorder->is_nested) return false;
  // relaxed: read by this thread's hooks; others only tell it from kInHook
  recorder->inside.store(Recorder::kInUntracedScope, std::memory_order_relaxed);
  return true;
}

void end_untraced_scope() {
  // In a forked child in which the scope ends there is no recorder, another one, or one that cannot be reached.
  // relaxed: see TracingSwitch
  if (g_tracing.has_arena.load(std::memory_order_relaxed) == 0) return;
  Recorder* recorder = t_recorder;
  // relaxed: written by this thread only
  if (recorder == nullptr || recorder->inside.load(std::memory_order_relaxed) != Recorder::kInUntracedScope) return;
  leave(recorder);
}

void detach_after_fork() noexcept {
  if (g_recording == nullptr) return;
  switch_tracing(false);  // where the kernel can wipe the page, it is off already
  // relaxed: see TracingSwitch
  g_tracing.keeps_traces.store(0, std::memory_order_relaxed);
  // relaxed: as above
  g_tracing.has_arena.store(0, std::memory_order_relaxed);
  Arena::replace_after_fork();
  t_recorder = nullptr;
}

}  // namespace heapreel::engine
