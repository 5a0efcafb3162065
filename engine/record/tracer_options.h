// The options that a tracer is started with. Plain data: it is read before main, copied into the arena, and never
// allocates.
#pragma once

#include <cstdint>

extern "C" {
struct heapreel_breach;  // of heapreel_c.h
}

namespace heapreel::engine {

// What a producer does when the ring budget is spent and the consolidator cannot keep up.
enum class OverloadPolicy : uint8_t {
  kStop,   // tracing ends with this cut; everything up to it is exact (the default when embedded)
  kBlock,  // a hook waits for room, at most `block_deadline_ms`, then as kStop (the default under `heapreel run`)
};

// What heapreel does in the running program when a budget that the program declared is broken. The breach is recorded
// in any case.
enum class OnBreach : uint8_t {
  kLog,       // a line on stderr, once for each call site
  kNone,      // nothing
  kCallback,  // the program's own function is called
  kDebug,     // as kLog, then stops in the debugger if one is attached
  kAbort,     // as kLog, then calls abort()
};
inline constexpr OnBreach kLastOnBreach = OnBreach::kAbort;

// The program's function, which kCallback calls.
struct BreachCallback {
  void (*call)(const heapreel_breach* breach, void* context) = nullptr;
  void* context = nullptr;
};

struct TracerOptions {
  static constexpr int32_t kMaxTracebackLimit = 1024;
  static constexpr uint64_t kDefaultMemoryBudget = 4ull << 30;  // where control groups leave room for it

  int32_t traceback_limit = 256;       // most recent frames kept per traceback, in [1, kMaxTracebackLimit]
  uint64_t ring_budget = 64ull << 20;  // bytes of event segments, over all threads
  uint64_t memory_budget = 0;          // bytes of the tracer's memory; when they are spent, tracing ends; 0: default
  uint32_t block_deadline_ms = 2000;   // longest wait of one hook under kBlock
  uint32_t frame_every_ms = 16;        // until the program marks its own, a game frame ends this often; 0: never
  OverloadPolicy overload = OverloadPolicy::kStop;
  OnBreach on_breach = OnBreach::kLog;  // where this process consolidates itself
  // Whether the state at the end of the game frame with the most live bytes is kept, for peak_snapshot(). It costs at
  // most a copy of every record page. Not in a process whose parent consolidates and writes every game frame down.
  bool keep_peak = false;
  bool follow_forks = false;       // trace forked and executed children as well, each into an arena of its own
  bool crosscheck_stacks = false;  // compare every captured stack with libunwind's (stack_crosscheck.h)
  int arena_fd = -1;               // memory object of a consolidating process; -1 = own memory, own thread
  // The socket on which `heapreel run` gives every process of the program an arena (hooks/process/arena_request.h); 0:
  // none.
  uint64_t control_socket = 0;

  bool are_valid() const { return traceback_limit >= 1 && traceback_limit <= kMaxTracebackLimit; }
};

}  // namespace heapreel::engine
