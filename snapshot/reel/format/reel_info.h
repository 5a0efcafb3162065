// What a reel says about itself and its process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "snapshot/reel/format/reel_costs.h"
#include "snapshot/reel/format/reel_sums.h"

namespace heapreel {

struct ReelHeader {
  std::string writer;  // name and version of what wrote the reel
  std::string program;
  std::vector<std::string> command_line;
  uint64_t process_id = 0;
  uint64_t started_wall_ns = 0;       // since 1970
  uint64_t started_monotonic_ns = 0;  // times of stills and marks are on this clock
  uint32_t traceback_limit = 0;
  std::string allocator;
};

enum class ReelEnding : uint8_t {
  kUnknown = 0,    // nobody was left to say
  kExited = 1,     // status = exit status
  kSignalled = 2,  // status = signal
  kDetached = 3,   // the process went on
  kExecuted = 4,   // another program replaced it
};

// Why the recording stopped before the process did.
enum class ReelStop : uint8_t {
  kNone = 0,
  kMaxSize = 1,     // the reel reached the size it was allowed
  kWriteError = 2,  // for instance a full disk
};

struct ReelEnd {
  ReelEnding ending = ReelEnding::kUnknown;
  int32_t status = 0;
  std::string executed = {};  // kExecuted: the program, as far as known
  uint64_t time_ns = 0;       // monotonic
  ReelStop stop = ReelStop::kNone;
  uint32_t tracing_ended = 0;  // engine::EndReason
  uint64_t unrecorded = 0;     // events that could not even be counted
  // The tracer's own costs.
  uint64_t tracer_bytes = 0;
  uint64_t consolidator_ns = 0;  // processor time
  uint64_t rounds = 0;
  uint64_t copied_bytes = 0;
  ReelCosts costs = {};  // a section of its own
};

// One game frame. Everything except the last four figures is of this game frame alone.
struct GameFrameRow {
  uint32_t number = 0;   // blocks born in it have it as their `born`
  uint64_t time_ns = 0;  // monotonic, of its end
  uint64_t allocs = 0;   // a realloc is one of these and one free
  uint64_t frees = 0;
  uint64_t reallocs = 0;
  uint64_t alloc_bytes = 0;
  uint64_t freed_bytes = 0;
  uint64_t live_blocks = 0;  // at its end
  uint64_t live_bytes = 0;
  uint64_t peak_bytes = 0;  // so far; starts anew with reset_peak() and clear_traces()
  // The peak of one domain alone (RecordedDomainPeaks): the most bytes that certainly lived at once in this game frame,
  // and the most that can have.
  struct Within {
    uint64_t peak_bytes = 0;
    uint64_t peak_bound = 0;
  };
  std::optional<Within> within = {};
  bool merged = false;   // the writer fell behind: the game frame has sums, but no still of its own
  bool partial = false;  // what came after the last boundary, up to the end
};

struct ReelMark {
  std::string name;
  uint32_t game_frame = 0;  // the one it lies in
  ReelSums sums;
  bool has_state = false;  // the state at the mark is in the reel, besides its sums
};

struct ReelInfo {
  ReelHeader header;
  ReelEnd end;
  bool complete = false;  // its end was written; otherwise `end` is empty
  // Read without its index, up to the first damage or the torn end: `recovered_up_to` tells how far.
  bool recovered = false;
  std::string recovered_up_to;
  bool being_written = false;  // recovered, and more will come
  // What is damaged in its states, a sentence for each; empty where nobody looked (ReelOptions::most_checked_bytes).
  std::vector<std::string> damage;
  bool checked = false;  // every byte was looked at

  // Over all generations, `live_*` as of the end. issued == stored + degraded + discarded unless the data is lossy.
  engine::Totals totals;
  uint32_t game_frames = 0;
  uint32_t generations = 0;
  uint64_t threads = 0;
  uint64_t tracebacks = 0;
  uint64_t sites = 0;
  uint64_t merged_game_frames = 0;
  uint64_t file_bytes = 0;
  bool sealed = false;  // it has the names of its addresses
  // How many sections of kinds of a later minor version were passed over.
  uint64_t unknown_sections = 0;
};

void write_header(ByteWriter& out, const ReelHeader& header);
ReelHeader read_header(ByteReader& in);
void write_end(ByteWriter& out, const ReelEnd& end);
ReelEnd read_end(ByteReader& in);

}  // namespace heapreel
