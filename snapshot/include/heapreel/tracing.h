// Switching tracing on and off, and asking what is traced now: tracemalloc's module functions.
//
// Every function may be called on any thread, but not from a signal handler. The answer takes everything into account
// that the calling thread allocated and freed before the call, and what other threads had recorded by then.
//
// heapreel does not trace its own work. What take_snapshot(), get_object_traceback() and the methods of Snapshot
// allocate is not traced, nor are the results that they return; when the program frees those, they count as frees of
// untracked blocks. Iterating over Traces and making texts of results is the program's own work and is traced.
//
// A program that runs under `heapreel run` shares the tracer of the run, which traces from the start, with the limits
// and budgets of the run. start() then finds that tracing is on already. stop() and clear_traces() end a generation in
// the reel, and start() begins one. Snapshots, marks, domains and tags work as usual, although another process stores
// the events.
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

// Tracing could not begin: the text says why, such as that memory is limited or that the program is built with a sanitizer.
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

// A limit of a budget that the program declares (HEAPREEL_BUDGET, heapreel_declare_budget) was passed.
struct BudgetBreach {
  std::string budget;       // its name: "Physics"
  std::string limit;        // "allocs_per_game_frame"
  uint64_t value = 0;       // what it came to, in that game frame
  uint64_t most = 0;        // what is allowed
  uint32_t game_frame = 0;  // as the program counts them
  std::string site;         // the call site that has most of it: "Solver::run() at solver.cc:41"; empty: not known
  std::string message;      // all of it as a sentence
};

// What heapreel does in the running program when one of its budgets is broken. exit_status() tells of it in any case.
enum class OnBreach : uint8_t {
  log,       // prints a line on stderr
  none,      // nothing
  callback,  // calls StartOptions::breach_callback
  debug,     // as log; then stops in the debugger, if one is attached (SIGTRAP)
  abort,     // as log; then abort()
};

struct StartOptions {
  int traceback_limit = kDefaultTracebackLimit;  // most recent frames kept per traceback
  uint64_t ring_budget = 64ull << 20;            // bytes of events that wait to be stored, over all threads
  // Limit for the tracer's own memory, in bytes. When it is reached, tracing stops and the record says so. 0 means 4
  // GiB, or a quarter of the container's memory limit if that is smaller.
  uint64_t memory_budget = 0;
  // Milliseconds of a game frame by the clock, until the program ends its first one (HEAPREEL_GAME_FRAME). 0 means none.
  // From then on game frames are numbered as the program makes them: all that came before is its game frame 0.
  uint32_t frame_every_ms = 16;
  // Whether peak_snapshot() has an answer. It may cost as much memory again as the records of the live blocks: 32 bytes
  // for each of them.
  bool keep_peak = true;
  // Trace nothing yet, and wait for `heapreel attach`, on a thread of heapreel's and a socket for this user alone. The other
  // members have no effect then: whoever attaches says what is traced, and how. As HEAPREEL_OPTIONS=listen=1.
  bool listen = false;
  // When it names a file, the whole recording is written there, as `heapreel run` writes it: from now until stop(), or until
  // the program exits. A program that dies leaves a reel of all game frames but the last few. The file must not exist.
  // The program's own threads do nothing for it; two threads of heapreel's do.
  std::string reel = {};
  bool overwrite_reel = false;  // the file may exist
  // What is told of game frames waits for a file that cannot keep up, for up to two seconds, so that none is merged into the
  // next: for tests. The program's threads still wait for nothing; when the ring budget is spent meanwhile, tracing ends.
  bool every_game_frame = false;
  uint64_t max_reel_bytes = 0;  // then the reel ends, and says so; 0 means no limit
  // When a budget is broken in a game frame that the program ended itself: once for each budget, limit and call site. It
  // happens on a thread of heapreel's, some game frames later, so that no thread of the program waits for it. Never under
  // `heapreel run`, which judges the program itself.
  OnBreach on_breach = OnBreach::log;
  // For OnBreach::callback; without one it is OnBreach::log. It may allocate, which is not recorded, and call any function
  // of heapreel. It must not throw. One that was given to an earlier start() holds until another is given.
  std::function<void(const BudgetBreach&)> breach_callback = {};
};

// Begins tracing. Does nothing when tracing is on already, whatever the limit. Throws std::invalid_argument when the
// limit is outside [1, kMaxTracebackLimit], tracing or not, and CannotTrace, a std::bad_alloc, when
// tracing cannot begin: its text says why. With options.reel it throws ReelError when the file cannot be made, and nothing
// is traced then. When tracing is on already the reel begins with what is live now; under `heapreel run`, which records
// the program anyway, and while the program records a reel already, it says so on stderr and makes no file.
HEAPREEL_API void start(int traceback_limit = kDefaultTracebackLimit);
HEAPREEL_API void start(const StartOptions& options);
// Ends tracing and forgets all traces. Snapshots taken before stay. The limit is kept. A reel that start() began is
// written to its end first, with what is live now as its last state.
HEAPREEL_API void stop();
HEAPREEL_API bool is_tracing();
// How the budgets that the program declares were kept, for main() to return: 0 when they were, or when there are none; 1
// when one was broken, or when nothing has the name of one; 4 when nothing is known to be broken, but not everything could
// be judged: no game frame has ended, the record is not complete, or the program is not traced. The reasons that no line
// was printed for yet are printed on stderr. Everything up to this call is judged: game frames that have ended, and what is
// left at this moment. Waits for the consolidator, and for the writer of a reel. After stop() it tells of what was traced
// before. Under `heapreel run` it asks the run, which waits for no name: a name that nothing has is the run's to report.
HEAPREEL_API int exit_status();
// Whether the program's malloc is heapreel's. It is not in a plugin that links heapreel when the program itself does not:
// the program calls another malloc, of which nothing is recorded. start() succeeds there, for domains and tags; it says
// so on stderr, and no snapshot is exact.
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
// The same as of the consolidator's last round, usually less than a millisecond ago. It does not wait, so that an
// overlay can ask in every game frame.
HEAPREEL_API TracedMemory get_traced_memory_estimate();
// Bytes of memory that the tracer uses: all of it, where tracemalloc counts only a part of its own.
HEAPREEL_API size_t get_tracer_memory();

// Where the live block was allocated that `object` points to, or into. Returns nothing when tracing is off, or when no
// traced block of the domain lies there. The traceback has no total_nframe, as in Python. The cost grows with the
// number of live blocks, because all of them are looked at.
HEAPREEL_API std::optional<Traceback> get_object_traceback(const void* object, uint32_t domain = 0);

// The live heap as of this call. The call waits neither for other threads nor for the consolidator; the first look at
// the snapshot may wait. Throws NotTracing when tracing is off, and when it ended by itself and the consolidator is
// gone. Throws std::bad_alloc when the tracer has no memory left.
HEAPREEL_API Snapshot take_snapshot();

}  // namespace heapreel
