// Whether a process still is the program whose arena we consolidate, or has been replaced by another one (exec): its
// memory with all hooks is then gone, while the process goes on.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "engine/consolidate/tracer_state.h"

namespace heapreel::tools {

class ExecWatch {
 public:
  // `arena_fd` is the memory that the process has mapped.
  ExecWatch(pid_t process, int arena_fd, const engine::TracerState& state);

  // True once it is another program. Looks at the process from time to time: often after it announced an exec,
  // otherwise rarely, for programs that call the kernel themselves.
  bool has_executed_another();
  // The same for a process that has ended meanwhile: whether it announced an exec and nothing came from it afterwards.
  bool had_executed_another();

  // The program that took its place, as far as known.
  const std::string& program() const { return program_; }

 private:
  bool arena_is_mapped() const;

  const pid_t process_;
  const uint64_t arena_inode_;
  const engine::TracerState& state_;
  uint64_t last_look_ns_ = 0;
  std::string program_;
};

}  // namespace heapreel::tools
