// How a hook gets its thread's recorder: the fast path. The slow paths are in thread_recorder.h, epoch_change.h and
// overload.h.
#pragma once

#include "engine/record/epoch_change.h"
#include "engine/record/overload.h"
#include "engine/record/recording_state.h"
#include "engine/record/thread_recorder.h"
#include "engine/record/tracing_switch.h"
#include "engine/unwind/cpu.h"
#include "engine/unwind/walk_start.h"

namespace heapreel::engine {

// The hooks use 28 bytes of initial-exec TLS in each thread: the thread's name (thread_recorder.cc) and the next two.
[[gnu::visibility("hidden")]] extern thread_local constinit Recorder* t_recorder [[gnu::tls_model("initial-exec")]];
// The scope that the thread is in, whether or not anything is traced:
extern thread_local constinit uint32_t t_scope [[gnu::tls_model("initial-exec")]];

inline void leave(Recorder* recorder) {
  // [recorder.inside] release
  recorder->inside.store(Recorder::kOutside, std::memory_order_release);
}

// Whether a hook may use the thread's recorder: no other hook is inside it.
inline bool is_free(const Recorder* recorder) {
  // relaxed: written by this thread only
  return recorder != nullptr && recorder->inside.load(std::memory_order_relaxed) == Recorder::kOutside;
}

// To be called before the hook reads anything that ends with its generation.
inline void occupy(Recorder* recorder) {
  // relaxed: whoever frees what this hook may read makes a process fence first
  recorder->inside.store(Recorder::kInHook, std::memory_order_relaxed);
  recorder->hook_sp = cpu::stack_pointer();
  // seq_cst: for the compiler and this thread's signal handlers only
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

// The recorder of this thread and nesting level, with its tag up to date (P1 and P2 of the cut); null when this event
// is not to be recorded. Each call needs a leave().
inline Recorder* enter(Purpose purpose = Purpose::kAny) {
  if (!tracing()) [[unlikely]]
    return nullptr;
  Recorder* recorder = t_recorder;
  if (!is_free(recorder)) [[unlikely]] {
    recorder = enter_slow(recorder, purpose, cpu::stack_pointer());
    if (recorder == nullptr) return nullptr;
  }
  occupy(recorder);
  const uint64_t tag = g_recording->epoch.tag();
  if (tag != recorder->tag && !catch_up_with_epoch(recorder, tag)) [[unlikely]] {
    leave(recorder);
    return nullptr;
  }
  return recorder;
}

// The place for `words` in the recorder's ring; null when there is none and tracing has ended.
inline uint64_t* room(Recorder* recorder, uint32_t words) {
  uint64_t* place = recorder->ring.prepare(words);
  if (place == nullptr) [[unlikely]]
    return room_slow(recorder, words);
  return place;
}

// Tells the consolidator where the first few such frees were made. `caller` is the hook's, or a frame of the tracer
// below it.
void tell_stray_free(Recorder* recorder, uintptr_t p, const WalkStart& caller);

inline void count_untracked_free(Recorder* recorder) {
  // relaxed: a statistic with this one writer
  const uint64_t before = recorder->untracked_frees.load(std::memory_order_relaxed);
  // relaxed: as above
  recorder->untracked_frees.store(before + 1, std::memory_order_relaxed);
}

}  // namespace heapreel::engine
