#include "engine/record/thread_recorder.h"

#include <cstring>

#include "engine/memory/platform.h"
#include "engine/record/overload.h"
#include "engine/record/recorder_entry.h"
#include "engine/record/recording_end.h"

namespace heapreel::engine {

namespace {

// A signal handler in a signal handler in a hook: more levels than this do not happen by nesting, but by error.
constexpr int kMostLevels = 6;
// What this thread called itself before its first event; empty when it did not.
thread_local constinit char t_thread_name[16] [[gnu::tls_model("initial-exec")]] = {};

// Threads that ended leave recorders behind; a new thread looks at so many for one to adopt.
constexpr uint32_t kAdoptionTries = 16;

// Without a system call wherever the C library knows the thread. A vfork child, and a thread that borrows its maker's
// storage while that one waits, record as the maker: with its recorder, which stays with it when they are gone.
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
  g_recording->segments.add_ring();
  return g_recording->rings->add(recorder) ? recorder : nullptr;
}

Recorder* first_recorder() {
  const bool can_own = platform::storage_owner_id() != 0;
  Recorder* recorder = can_own ? adopt() : nullptr;
  if (recorder != nullptr) return recorder;
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
    // relaxed: a dead owner may have left a hook unfinished; nothing of it was published
    level->inside.store(Recorder::kOutside, std::memory_order_relaxed);
    level->thread_index = recorder->thread_index;
    level->tag = 0;
    level->announced = false;  // until its first event
  }
  t_recorder = recorder;
  return recorder;
}

// Levels for own work and others never stand in for one another.
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
    if (recorder->scope != t_scope) recorder->tag = 0;  // no tag at all: catch_up_with_epoch() announces the scope
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

Recorder* enter_slow(Recorder* recorder, Purpose purpose) {
  if (recorder == nullptr) return first_event();
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
  // In a forked child that the work outlived there is no recorder, or another, or one out of reach.
  // relaxed: see TracingSwitch
  if (g_tracing.has_arena.load(std::memory_order_relaxed) == 0) return;
  Recorder* recorder = t_recorder;
  // relaxed: written by this thread only
  if (recorder == nullptr || recorder->inside.load(std::memory_order_relaxed) != Recorder::kInUntracedScope) return;
  leave(recorder);
}

void detach_after_fork() noexcept {
  if (g_recording == nullptr) return;
  switch_tracing(false);  // the kernel has done so already where it can
  // relaxed: see TracingSwitch
  g_tracing.keeps_traces.store(0, std::memory_order_relaxed);
  // relaxed: as above
  g_tracing.has_arena.store(0, std::memory_order_relaxed);
  Arena::replace_after_fork();
  t_recorder = nullptr;
}

}  // namespace heapreel::engine
