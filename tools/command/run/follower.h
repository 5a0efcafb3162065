// The process that records one other process of a family: forked from the run for it, since the place of an arena is
// fixed and each is consolidated by itself. Whatever happens to one recording touches no other.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tools/command/run/run_reel.h"

namespace heapreel::tools {

struct FollowerTask {
  pid_t process = 0;
  int process_fd = -1;  // pidfd
  int arena_fd = -1;
  ReelPlan plan;
};

// What a follower reports at its end, in one message. Plain data; texts are cut to their room.
struct FollowerReport {
  bool traced = false;    // the tracer ran there at all
  bool complete = false;  // the reel holds everything that happened
  bool written = false;
  uint64_t allocs = 0;
  uint64_t frees = 0;
  uint64_t live_bytes = 0;
  uint64_t peak_bytes = 0;
  double seconds = 0;
  char ending[600] = {};
  char doubts[1400] = {};  // lines with their newlines
};

// Forks it; its number, or -1. It reports over `leash_fd`, and leaves the process alone as soon as the other end of
// that is shut. `close_there` are descriptors of ours that it must not keep.
pid_t start_follower(const FollowerTask& task, int leash_fd, const std::vector<int>& close_there);

}  // namespace heapreel::tools
