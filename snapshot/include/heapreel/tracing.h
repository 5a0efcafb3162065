// Switching tracing on and off, and asking what is traced now: tracemalloc's module functions.
//
// Every function may be called on any thread, but not from a signal handler. An answer takes into account everything
// that the calling thread allocated and freed before the call, and what other threads had recorded by then.
//
// heapreel does not trace its own work. What take_snapshot(), get_object_traceback() and the methods of Snapshot
// allocate is not traced, nor are the results that they return; when the program frees those, they count as frees of
// untracked blocks. Iterating over Traces and making texts of results is the program's own work and is traced.
//
// A program that runs under `heapreel run` uses the tracer of the run, which traces from the beginning with the limits
// and budgets of the run. start() then finds that tracing is on already. After stop() or clear_traces() the reel goes
// on with an empty record, after stop() as soon as start() is called. Snapshots, marks, domains and tags work as usual,
// although another process stores the events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <optional>
#include <string>

#include <heapreel/export.h>
#include <heapreel/snapshot.h>
#include <heapreel/traceback.h>

namespace heapreel {

// start() throws this when tracing cannot begin. The text says why, for instance that memory is limited, or that the
// program is built with a sanitizer.
class HEAPREEL_API CannotTrace : public std::bad_alloc {
 public:
  // `why` must be a literal: there may be no memory for a copy.
  explicit CannotTrace(const char* why) noexcept : why_(why) {}
  const char* what() const noexcept override { return why_; }

 private:
  const char* why_;
};

inline constexpr int kDefaultTracebackLimit = 256;
inline constexpr int kMaxTracebackLimit = 1024;

// One limit that a game frame exceeded, of a budget that the program declared (HEAPREEL_BUDGET,
// heapreel_declare_budget).
struct BudgetBreach {
  std::string budget;       // the budget's name, such as "Physics"
  std::string limit;        // the limit's name, such as "allocs_per_game_frame"
  uint64_t value = 0;       // what the game frame used: a count or bytes, as the limit
  uint64_t most = 0;        // what the limit allows
  uint32_t game_frame = 0;  // the game frame's number, as the program counts them
  std::string site;         // the call site that used the most: "Solver::run() at solver.cc:41"; empty when not known
  std::string message;      // all of this as a sentence
};

// What heapreel does in the running program when one of the program's budgets is broken. exit_status() reports the
// breach whichever of these is chosen.
enum class OnBreach : uint8_t {
  log,       // prints a line on stderr
  none,      // nothing
  callback,  // calls StartOptions::breach_callback
  debug,     // as log, then stops in the debugger if one is attached (SIGTRAP)
  abort,     // as log, then calls abort()
};

struct StartOptions {
  int traceback_limit = kDefaultTracebackLimit;  // most recent frames kept per traceback
  uint64_t ring_budget = 64ull << 20;            // bytes of events that wait to be stored, over all threads
  // Limit for the tracer's own memory, in bytes. When it is reached, tracing stops and the record says so. 0 means 4
  // GiB, or a quarter of the container's memory limit if that is smaller.
  uint64_t memory_budget = 0;
  // Until the program ends its first game frame (HEAPREEL_GAME_FRAME), a timer ends one after so many milliseconds. 0
  // means no timer. With the program's first one the numbering begins again: everything before it is then game frame 0.
  uint32_t frame_every_ms = 16;
  // Whether peak_snapshot() has an answer. It may cost as much memory again as the records of the live blocks: 32 bytes
  // for each of them.
  bool keep_peak = true;
  // Do not trace yet. A thread of heapreel's waits for `heapreel attach` on a socket that only this user can connect
  // to. The other members have no effect then, because `attach` says what is traced, and how. The environment variable
  // HEAPREEL_OPTIONS=listen=1 does the same.
  bool listen = false;
  // When it names a file, the whole recording is written there, as `heapreel run` writes it: from now until stop(), or
  // until the program exits. A program that is killed leaves a reel of all game frames but the last few. The file must
  // not exist. The program's own threads do no work for it; two threads of heapreel's do.
  std::string reel = {};
  bool overwrite_reel = false;  // the file may exist, and is replaced
  // For tests. When the file cannot keep up, heapreel's threads wait for it, at most two seconds for a game frame, so
  // that no game frame is merged into the next. The program's threads still wait for nothing. When the ring budget is
  // spent meanwhile, tracing ends.
  bool every_game_frame = false;
  uint64_t max_reel_bytes = 0;  // the reel ends at this size, and says so; 0 means no limit
  // What heapreel does when a budget is broken in a game frame that the program ended itself. It acts once for each
  // budget, limit and call site, on a thread of its own, some game frames later, so that no thread of the program
  // waits. Under `heapreel run` it does nothing, because the run judges the budgets.
  OnBreach on_breach = OnBreach::log;
  // For OnBreach::callback; when there is none, heapreel does as for OnBreach::log. The function may call any function
  // of heapreel, and it may allocate: heapreel does not record that. It must not throw. It stays in force over later
  // calls of start() until one of them gives another function.
  std::function<void(const BudgetBreach&)> breach_callback = {};
};

// Begins tracing. When tracing is on already, the limit stays as it is. Throws std::invalid_argument when the limit is
// outside [1, kMaxTracebackLimit], whether tracing is on or off, and CannotTrace, which is a std::bad_alloc, when
// tracing cannot begin.
//
// With options.reel it also begins a reel. When tracing is on already, the reel begins with what is live now. Throws
// ReelError when the file cannot be made; tracing is then as it was before. Under `heapreel run`, which records the
// program anyway, and while the program records a reel already, it says so on stderr and makes no file.
HEAPREEL_API void start(int traceback_limit = kDefaultTracebackLimit);
HEAPREEL_API void start(const StartOptions& options);
// Ends tracing and forgets all traces. Snapshots taken before stay. The limit is kept. A reel that start() began is
// written to its end first, with what is live now as its last state.
HEAPREEL_API void stop();
HEAPREEL_API bool is_tracing();
// An exit status for main() that says whether the program kept the budgets that it declared:
//   0  it kept them all, or declared none
//   1  a budget was broken, or nothing in the program has a budget's name
//   4  no budget is known to be broken, but not everything could be judged: no game frame has ended, the record is not
//      complete, or the program is not traced
// Reasons that heapreel has not printed yet it prints on stderr now. It judges everything up to this call: the game
// frames that have ended, and the blocks that are left at this moment. After stop() the answer is about what was traced
// before.
//
// Waits for the consolidator, and for the writer of a reel. Under `heapreel run` it asks the run, which reports names
// that nothing has when the program has ended, and not here.
HEAPREEL_API int exit_status();
// Whether the program's malloc is heapreel's. It is not in a plugin that links heapreel while the program does not: the
// program then calls another malloc, of which heapreel records nothing. start() succeeds there, so that domains and
// tags can be used. It says on stderr what is missing, and no snapshot is exact.
HEAPREEL_API bool sees_malloc();
// The limit of the last start(), also after stop(); 1 before the first start().
HEAPREEL_API int get_traceback_limit();
// Forgets all traces of all domains and goes on tracing. Nothing happens when tracing is off.
HEAPREEL_API void clear_traces();
// Sets the peak to the bytes that are live now. Nothing happens when tracing is off.
HEAPREEL_API void reset_peak();

struct TracedMemory {
  size_t current = 0;  // bytes of live blocks, as requested
  size_t peak = 0;     // the highest `current` that was certainly reached
  // The highest that can have been reached: the true peak lies in [peak, peak_bound]. Both are equal while only one
  // thread allocates.
  size_t peak_bound = 0;
};

// The sums over all domains. They are exact, because this call waits for the consolidator. All 0 when tracing is off.
HEAPREEL_API TracedMemory get_traced_memory();
// The sums as they were when the consolidator last stored events, usually less than a millisecond ago. It does not
// wait, so that an overlay can ask in every game frame.
HEAPREEL_API TracedMemory get_traced_memory_estimate();
// Bytes of memory that the tracer uses: all of it, where tracemalloc counts only a part of its own.
HEAPREEL_API size_t get_tracer_memory();

// Where the live block was allocated that `object` points to, or into. Returns nothing when tracing is off, or when no
// traced block of the domain lies there. The traceback has no total_nframe, as in Python. Looks at every live block.
HEAPREEL_API std::optional<Traceback> get_object_traceback(const void* object, uint32_t domain = 0);

// The live heap as of this call. The call waits neither for other threads nor for the consolidator; the first method
// that is called on the snapshot may wait. Throws NotTracing when tracing is off, and when tracing ended by itself and
// the consolidator is gone. Throws std::bad_alloc when the tracer has no memory left.
HEAPREEL_API Snapshot take_snapshot();

}  // namespace heapreel
