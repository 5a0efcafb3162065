// Starting, stopping and asking the tracer. Cold: each of these but game_frame, mark and take_snapshot may wait for the
// consolidator. Any thread, but not from a signal handler.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/cut/game_frame_source.h"
#include "engine/cut/snapshot_handle.h"
#include "engine/record/budget_table.h"
#include "engine/record/recorder.h"
#include "engine/record/tracer_options.h"
#include "engine/store/own_memory.h"
#include "engine/store/totals.h"

namespace heapreel::engine {

class CutListener;

// Begins tracing, with an empty store. Does nothing when tracing is on already. False, and nothing is traced, when an
// option is out of its range or no memory or address space can be had. The first start of a process makes the arena;
// with options.arena_fd >= 0 another process consolidates, else start_consolidator() must follow (start() may run
// before threads can be made).
bool start(const TracerOptions& options);
// Whether this process's limits (ulimit -v, ulimit -d, strict overcommit) leave the arena less than it is made for, or
// no room at all: then start() fails.
enum class ArenaRoom : uint8_t { kFull, kLess, kNone };
ArenaRoom arena_room(bool shared);
// What TracerOptions::memory_budget is by default, in bytes: kDefaultMemoryBudget, or less where control groups limit
// what this process may hold.
uint64_t default_memory_budget();
// Runs the consolidator on a thread of this process, if none does and none should elsewhere. False: no thread.
bool start_consolidator();
// `begin` is called each time that start_consolidator() has succeeded, on the thread that called it; at once, if it has
// before. One for the process.
void when_consolidating(void (*begin)());

// Tells `listener` of every game frame, mark and generation's end from now on, on the consolidator's thread. False, and it
// is told of nothing, when another process or another copy of the engine consolidates, or when the consolidator shows no
// sign of life.
bool listen(CutListener& listener);
// Ends that, with everything told that happened before this call. `last` is the state as of now, pinned until
// Consolidator::drop(); its store_epoch is 0 where there is none. False when the consolidator shows no sign of life: it
// may go on to tell the listener.
bool stop_listening(FrozenTraces& last);

// Ends tracing and forgets all traces. Snapshots taken before stay.
void stop();
bool is_tracing();
// Whether all that the program allocates by malloc comes to the tracer. Where it does not, the hooks said so:
bool sees_malloc();
// Every record says from here on that it is not complete. start() calls `say` when this process consolidates itself.
// Before the program runs, by one thread.
void miss_malloc(void (*say)());
// Whether there are traces to ask for: from start() to stop(). Not the same as is_tracing() when tracing ended by
// itself, over its budgets: what had been recorded by then is kept, and marked (FrozenTraces::ended).
bool keeps_traces();
int32_t traceback_limit();
// Forgets all traces and goes on tracing.
void clear_traces();
// Peak = current.
void reset_peak();

// The sums at a cut of the caller's own: everything the calling thread did before is in. All zero without traces. As of
// the last round when the consolidator shows no sign of life for 5 seconds.
Totals traced_memory();
// The sums as of the last round, without waiting.
Totals traced_memory_estimate();

// Bytes of memory that the tracer uses, all in; without the block maps while another thread is stuck in a call that
// starts, stops or clears.
size_t tracer_memory();
// What that is made of: the parts add up to it. Where the consolidator runs; waits for a round that is under way. All
// zero without a tracer.
OwnMemory own_memory();

// A consistent, immutable state of everything stored, as of this call. Waits neither for producers nor for the
// consolidator. When tracing ended by itself, the last exact state, marked as such. Empty handle without traces
// (keeps_traces()) or when memory is spent.
SnapshotHandle take_snapshot();
// Whether there are traces that cannot be frozen any more, because memory is used up.
bool memory_is_spent();

// The game frame with the most live bytes at its end so far, and the sums as of this call, whose peak may lie inside
// a game frame. The handle is empty when no game frame has ended since tracing began, traces were cleared or the peak
// was reset; when options.keep_peak is off; when memory is nearly used up; and when the consolidator shows no sign of
// life for 5 seconds. Waits for the consolidator. When tracing ended by itself, this is the highest game frame until
// then.
struct PeakState {
  SnapshotHandle highest;
  Totals totals;
};
PeakState peak_snapshot();

// A boundary between game frames, exactly here. The first call ends the making of game frames by all others.
void game_frame();
// The same of a game frame that the program knows by this number.
void numbered_game_frame(uint32_t number);
// The same where not the program says so but one of its calls that shows a picture, number `function` of the hooks' list.
// Without effect once a better source has ended a game frame.
void game_frame_ended_by(GameFrameSource source, uint32_t function);
// A named place in the history. Names are cut to 63 bytes.
void mark(const char* name);

// An address space of its own, for an allocator that aligns blocks to `alignment` bytes or more (any if 0). The same
// name gives the same domain. UINT32_MAX when there are too many.
DomainIndex register_domain(const char* name, size_t alignment);
// A scope name for set_scope(), also before the first start; UINT32_MAX when there are too many. The numbers of domains
// and scopes hold for the life of the process, and in its forked children.
uint32_t register_scope(const char* name);
// What a name may use, kept for who records, also before the first start; the limits of the same name are replaced.
// `name` is shorter than BudgetTable::kNameBytes. False, and counted, when there are too many (BudgetTable::kMost).
bool declare_budget(const char* name, const BudgetLimits& limits);

// What start() was told to do when a budget is broken; as of the last one that began tracing.
OnBreach on_breach();
// Kept for who acts on it; null until set.
BreachCallback breach_callback();
void set_breach_callback(BreachCallback callback);
// Whether a budget was declared by this copy's declare_budget(), tracing or not.
bool has_budgets();

// The program called for a domain, tag or mark without giving its name: counted as unrecorded while tracing is on.
void count_call_without_name();

// While one of these lives, what its thread allocates is heapreel's own and is not recorded; what it frees of the
// program's blocks is. Blocks that outlive it are untracked: their frees count among Totals::untracked_frees.
// On the stack; also inside another, and while tracing is off.
class UntracedScope {
 public:
  UntracedScope();
  ~UntracedScope();
  UntracedScope(const UntracedScope&) = delete;
  UntracedScope& operator=(const UntracedScope&) = delete;

 private:
  const bool began_;
};

// The loader is about to be given this name; null when it is given none.
void module_will_load(const char* file);
// Code may have been unloaded: call before and after.
void module_may_have_unloaded();

// Around a fork, in the thread that forks.
void before_fork();
void after_fork_in_parent();
// To be called in a forked child: tracing is off there, and the parent's arena is out of reach. start() makes a new
// one.
void after_fork_in_child();

// To be called when the program has lowered its limits of address space or data: gives back what the tracer holds of
// either without need. Has no effect in a child that borrows this process's memory (vfork).
void make_room_under_limits();

// To be called when the program's allocator got no memory, because its limit may have been lowered by other ways: gives back
// address space. True when that may help. Opens no file.
bool make_room_for_allocation();

// This process is about to be replaced by `program`; withdraw when that failed. Async-signal-safe, and without effect
// in a child that merely borrows this process's memory (vfork).
void announce_exec(const char* program);
void withdraw_exec();

// Ends this process's tracer and unmaps its arena, with every snapshot in it. For tests: no hook may be running.
void shut_down_for_test();

}  // namespace heapreel::engine
