// Starting, stopping and asking the tracer. These functions are cold: each of them but game_frame, mark and
// take_snapshot may wait for the consolidator. Any thread, but not from a signal handler.
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

// Begins tracing with an empty store. Does nothing when tracing is on already. False, and nothing is traced, when an
// option is out of its range, or when there is no memory or address space. The first start of a process makes the
// arena. With options.arena_fd >= 0 another process consolidates; otherwise start_consolidator() must follow (start()
// may run before threads can be made).
bool start(const TracerOptions& options);
// Whether the limits of this process (ulimit -v, ulimit -d, strict overcommit) leave room for the whole arena, for a
// smaller one, or for none: then start() fails.
enum class ArenaRoom : uint8_t { kFull, kLess, kNone };
ArenaRoom arena_room(bool shared);
// The default of TracerOptions::memory_budget, in bytes: kDefaultMemoryBudget, or less where control groups limit this
// process.
uint64_t default_memory_budget();
// Runs the consolidator on a thread of this process, unless it runs already, here or in another process. False when
// there is no thread for it.
bool start_consolidator();
// Calls `begin` each time that start_consolidator() has succeeded, on the thread that called it, and at once when it
// has succeeded before. A process has one such function.
void when_consolidating(void (*begin)());

// From now on `listener` is told of every game frame, mark and end of a generation, on the consolidator's thread.
// False, and it is told of nothing, when another process or another copy of the engine consolidates, or when the
// consolidator shows no sign of life.
bool listen(CutListener& listener);
// Ends that; the listener has then been told of everything that happened before this call. `last` is the state as of
// now, pinned until Consolidator::drop(); its store_epoch is 0 when there is none. False when the consolidator shows no
// sign of life: then it may go on telling the listener.
bool stop_listening(FrozenTraces& last);

// Ends tracing and forgets all traces. Snapshots that were taken before stay.
void stop();
bool is_tracing();
// Whether the tracer sees everything that the program allocates by malloc. Where it does not, the hooks have called the
// next function.
bool sees_malloc();
// From now on every record says that it is not complete. start() calls `say` when this process consolidates itself.
// Call it before the program runs, on one thread.
void miss_malloc(void (*say)());
// Whether there are traces: from start() to stop(). Unlike is_tracing() this stays true when tracing ended by itself,
// because a budget was spent: what had been recorded by then is kept, and says so (FrozenTraces::ended).
bool keeps_traces();
int32_t traceback_limit();
// Forgets all traces and goes on tracing.
void clear_traces();
// Makes the current live bytes the peak.
void reset_peak();

// The sums at a cut that this call takes: everything that the calling thread did before is in them. All zero without
// traces. When the consolidator shows no sign of life for 5 seconds, they are as of its last round.
Totals traced_memory();
// The sums as of the last round, without waiting.
Totals traced_memory_estimate();

// All bytes of memory that the tracer uses. Without the block maps while another thread is stuck in a call that starts,
// stops or clears.
size_t tracer_memory();
// The parts of that memory; they add up to it. Only where the consolidator runs; waits for a round that is under way.
// All zero without a tracer.
OwnMemory own_memory();

// A consistent, immutable state of everything stored, as of this call. Waits neither for producers nor for the
// consolidator. When tracing ended by itself, it is the last exact state, and says so. The handle is empty when there
// are no traces (keeps_traces()), and when memory is spent.
SnapshotHandle take_snapshot();
// Whether there are traces that cannot be frozen any more, because memory is used up.
bool memory_is_spent();

// The state at the end of the game frame that ended with the most live bytes so far, and the sums as of this call,
// whose peak may lie inside a game frame. Waits for the consolidator. When tracing ended by itself, it is the highest
// game frame until then.
//
// The handle is empty when no game frame has ended since tracing began, traces were cleared or the peak was reset; when
// options.keep_peak is off; when memory is nearly used up; and when the consolidator shows no sign of life for 5
// seconds.
struct PeakState {
  SnapshotHandle highest;
  Totals totals;
};
PeakState peak_snapshot();

// Ends a game frame at exactly this moment. After the first call nothing but the program ends game frames.
void game_frame();
// The same for a game frame that the program knows by this number.
void numbered_game_frame(uint32_t number);
// The same where not the program itself ends the game frame, but a call that shows a picture: number `function` in the
// hooks' list. Has no effect once a better source has ended a game frame.
void game_frame_ended_by(GameFrameSource source, uint32_t function);
// Gives this moment a name, which is cut to 63 bytes.
void mark(const char* name);

// Registers a domain, with addresses of its own, for an allocator that aligns blocks to `alignment` bytes or more (to
// any, if 0). The same name gives the same domain. UINT32_MAX when there are too many.
DomainIndex register_domain(const char* name, size_t alignment);
// Registers a name for set_scope(), also before the first start. UINT32_MAX when there are too many. The numbers of
// domains and scopes stay the same for the life of the process, and in its forked children.
uint32_t register_scope(const char* name);
// Declares what a name may use, for whoever judges the recording; also before the first start. The limits of the same
// name are replaced. `name` is shorter than BudgetTable::kNameBytes. False when there are too many
// (BudgetTable::kMost): that is counted.
bool declare_budget(const char* name, const BudgetLimits& limits);

// What start() was told to do when a budget is broken: the last call that began tracing counts.
OnBreach on_breach();
// The program's function for broken budgets; null until set.
BreachCallback breach_callback();
void set_breach_callback(BreachCallback callback);
// Whether a budget was declared by this copy's declare_budget(), tracing or not.
bool has_budgets();

// Counts a call for a domain, tag or mark that gave no name: as unrecorded, while tracing is on.
void count_call_without_name();

// While an object of this class lives, its thread works for heapreel: what the thread allocates is not recorded, and
// what it frees of the program's blocks is. Blocks that outlive the object are untracked: their frees count among
// Totals::untracked_frees. A local variable; may be nested, and may live while tracing is off.
class UntracedScope {
 public:
  UntracedScope();
  ~UntracedScope();
  UntracedScope(const UntracedScope&) = delete;
  UntracedScope& operator=(const UntracedScope&) = delete;

 private:
  const bool began_;
};

// To be called before the loader is called to load `file`; null when it is given no name.
void module_will_load(const char* file);
// To be called before and after code may be unloaded.
void module_may_have_unloaded();

// To be called before and after a fork, by the thread that forks.
void before_fork();
void after_fork_in_parent();
// To be called in a forked child: tracing is off there, and the parent's arena cannot be reached. start() makes a new
// one.
void after_fork_in_child();

// To be called when the program has lowered its limits of address space or data: gives back what the tracer holds of
// either and does not need. Has no effect in a child that borrows this process's memory (vfork).
void make_room_under_limits();

// To be called when the program's allocator got no memory, because the limit may have been lowered in a way that no
// hook saw: gives back address space. True when that may help. Opens no file.
bool make_room_for_allocation();

// Announces that `program` is about to replace this process; withdraw_exec() when that failed. Async-signal-safe. Has
// no effect in a child that only borrows this process's memory (vfork).
void announce_exec(const char* program);
void withdraw_exec();

// Ends this process's tracer and unmaps its arena, with every snapshot in it. For tests: no hook may be running.
void shut_down_for_test();

}  // namespace heapreel::engine
