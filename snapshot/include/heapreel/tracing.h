// Switching tracing on and off, and asking what is traced now: tracemalloc's module functions.
//
// Any thread, but not from a signal handler. Everything the calling thread allocated and freed before a call is taken
// into account; of other threads, everything that was recorded before.
//
// heapreel's own work is not the program's: what take_snapshot(), get_object_traceback() and the methods of Snapshot
// allocate is not traced, nor are the results that they return. (When the program frees those, they count among the
// frees of untracked blocks.) The iteration of Traces and the texts that are made from results are the program's.
//
// Under `heapreel run` there is one tracer, too: the run's, which traces from the start, with the run's limits and
// budgets. start() finds it tracing; stop(), clear_traces() and start() end and begin what the reel shows as
// generations; snapshots, marks, domains and tags work as ever, though another process stores the events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <heapreel/export.h>
#include <heapreel/snapshot.h>
#include <heapreel/traceback.h>

namespace heapreel {

inline constexpr int kDefaultTracebackLimit = 256;
inline constexpr int kMaxTracebackLimit = 1024;

struct StartOptions {
  int traceback_limit = kDefaultTracebackLimit;  // most recent frames kept per traceback
  uint64_t ring_budget = 64ull << 20;            // bytes of events that wait to be stored, over all threads
  // Bytes of the tracer's own memory; then tracing stops, marked. 0: 4 GiB, or, where control groups limit what this
  // process may hold, as those of containers do, a quarter of that if it is less.
  uint64_t memory_budget = 0;
  // Milliseconds of a game frame by the clock, until the program ends its first one (HEAPREEL_GAME_FRAME); 0: none.
  // From then on the program's own count: all that came before is its game frame 0.
  uint32_t frame_every_ms = 16;
  bool keep_peak = true;  // for peak_snapshot(): may cost as many bytes again as the live blocks' records, 32 each
};

// Begins tracing. Does nothing when tracing is on already, whatever the limit. Throws std::invalid_argument when the
// limit is outside [1, kMaxTracebackLimit], tracing or not, and std::bad_alloc when no memory can be had.
HEAPREEL_API void start(int traceback_limit = kDefaultTracebackLimit);
HEAPREEL_API void start(const StartOptions& options);
// Ends tracing and forgets all traces. Snapshots taken before stay. The limit is kept.
HEAPREEL_API void stop();
HEAPREEL_API bool is_tracing();
// Of the last start(), also after stop(); 1 before the first.
HEAPREEL_API int get_traceback_limit();
// Forgets all traces of all domains and goes on tracing. Nothing happens when tracing is off.
HEAPREEL_API void clear_traces();
// Peak = current. Nothing happens when tracing is off.
HEAPREEL_API void reset_peak();

struct TracedMemory {
  size_t current = 0;  // bytes of live blocks, as requested
  size_t peak = 0;     // the largest `current` that certainly was
  // The largest that can have been: the peak lies in [peak, peak_bound]. Equal while one thread allocates.
  size_t peak_bound = 0;
};

// Over all domains; exact: it waits for the consolidator. All 0 when tracing is off.
HEAPREEL_API TracedMemory get_traced_memory();
// As of a moment ago, without waiting; for overlays.
HEAPREEL_API TracedMemory get_traced_memory_estimate();
// Bytes of memory the tracer uses: all of it, unlike tracemalloc's.
HEAPREEL_API size_t get_tracer_memory();

// Where the live block that `object` points to, or into, was allocated. Nothing when tracing is off or no traced block
// of the domain lies there. total_nframe is not available, as in Python. Looks at every live block.
HEAPREEL_API std::optional<Traceback> get_object_traceback(const void* object, uint32_t domain = 0);

// The live heap as of this call. Waits neither for other threads nor for the consolidator; the first look at the
// snapshot may. Throws NotTracing when tracing is off, or ended by itself and the consolidator is gone; std::bad_alloc
// when the tracer's memory is spent.
HEAPREEL_API Snapshot take_snapshot();

}  // namespace heapreel
