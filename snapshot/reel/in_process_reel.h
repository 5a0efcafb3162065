// The reel that a program records of itself, without `heapreel run`.
//
// The consolidator's thread hands on the state of each game frame, and a thread of the recording writes it. The
// program's threads do no work for it. When the program is killed, the reel has everything up to the last game frame
// that was written.
//
// At most one at a time in a process. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "snapshot/reel/format/reel_info.h"

namespace heapreel {

struct InProcessReelOptions {
  std::string path;
  bool overwrite = false;
  uint64_t max_bytes = 0;         // of the file; 0 = no limit
  bool every_game_frame = false;  // the consolidator waits for the file, so that no game frame is merged
};

// Begins to record the tracer of this process. The recording ends when the process exits, or with
// finish_in_process_reel(). Where another process records the tracer, or a reel is being recorded already, it says so
// on stderr and does nothing. Throws ReelError when the file cannot be made, or when there is no memory or thread.
void begin_in_process_reel(const InProcessReelOptions& options);

// Writes the rest and the end, if this process records a reel. Says on stderr what went wrong.
void finish_in_process_reel(ReelEnding ending, int status);

}  // namespace heapreel
