// One traced process. Its memory for events is ours, so that its events are consolidated here, up to the last one,
// whatever ends the process. One at a time in a process, because the arena's place is fixed.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/consolidate/consolidator.h"
#include "engine/consolidate/tracer_state.h"
#include "tools/command/run/exec_watch.h"
#include "tools/command/run/traced_process.h"

namespace heapreel::tools {

// The descriptor of a new arena's memory. Throws a CommandError.
int make_arena_memory();

// Tells the program that has this arena that nobody drains its events any more, so that it never waits for that.
void end_recording_in_program(int arena_fd);

class TracedRun {
 public:
  // Whether many runs share this machine: then each one looks less often at a process that allocates nothing.
  enum class OtherRuns : uint8_t { kNone, kMany };

  // The process and the descriptor still belong to the caller.
  TracedRun(TracedProcess& process, int arena_fd, OtherRuns other_runs);

  const TracedProcess& process() const { return process_; }

  // Waits until the tracer runs in the process. Null when the process ended without it, or with one of another version.
  engine::TracerState* wait_for_tracer();
  bool is_of_another_version() const { return is_of_another_version_; }
  // Whether the tracer ran in the program, but this process had no address space to read what it recorded.
  bool has_no_room() const { return has_no_room_; }

  // Consolidates until the process has left, and everything that it published is stored and told to `listener`. Returns
  // the last state, which stays valid.
  engine::FrozenTraces consolidate(engine::CutListener& listener);

  // How the traced program left: as its process did, or earlier, when the process executed another program.
  const Ending& ending() const { return ending_; }
  double seconds() const;
  uint64_t ended_ns() const { return ended_ns_; }  // monotonic

 private:
  // True once the program has left.
  bool has_left();
  void look_at_limit();

  TracedProcess& process_;
  const int arena_fd_;
  const uint64_t idle_every_ns_;
  const uint64_t started_ns_;
  uint64_t ended_ns_ = 0;
  uint64_t address_space_limit_;  // of the program, as last seen; at first the limit of this process, which it inherits
  uint64_t looked_at_limit_ns_ = 0;
  engine::TracerState* state_ = nullptr;
  bool is_of_another_version_ = false;
  bool has_no_room_ = false;
  std::optional<ExecWatch> watch_;
  Ending ending_;
};

}  // namespace heapreel::tools
