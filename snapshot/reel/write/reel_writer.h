// Writes a reel: frozen states of the trace store, each as what changed since the one before.
//
// Every method returns an empty text, or what went wrong. After a failure (a full disk, the size limit) the reel has
// stopped: further states are refused with the same text, and finish() still writes an end that says so.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/store/frozen_traces.h"
#include "snapshot/reel/format/recorded_change.h"
#include "snapshot/reel/write/change_writer.h"
#include "snapshot/reel/write/cross_thread_writer.h"
#include "snapshot/reel/write/domain_peaks_writer.h"
#include "snapshot/reel/write/group_sums_writer.h"
#include "snapshot/reel/write/reel_appender.h"
#include "snapshot/reel/write/reel_tables_writer.h"

namespace heapreel {

struct ReelWriterOptions {
  bool overwrite = false;
  uint64_t max_bytes = 0;  // of the whole file; 0 = no limit
  // A key still is written when the differences since the last one have this many entries, less one for every eight
  // live blocks, and `key_every` entries for each live block. So a reader needs less than 100 ms for a still of up to a
  // million blocks.
  uint64_t least_key_distance = 1 << 19;
  double key_every = 0.4;
  std::vector<NamedBudget> budgets = {};  // of the run, beside those that the program declares
};

// One thread.
class ReelWriter {
 public:
  // `tracer` supplies modules and names, and outlives the writer.
  explicit ReelWriter(const engine::TracerState& tracer, ReelWriterOptions options = {});

  std::string open(const std::string& path, const ReelHeader& header);

  // Writes the state at the end of a game frame. `before` is the state that was written last, still pinned; null makes
  // a key still. The cost follows what differs between the two, except for the key stills, which are written now and
  // then.
  std::string write_game_frame(const engine::FrozenTraces* before, const engine::FrozenTraces& after);
  // Writes a game frame of which only the sums are kept; its changes come with the next still. `peaks` is
  // domain_peaks_of() its state, as it was while the state existed.
  std::string write_merged_game_frame(const engine::FrozenTraces& sums, std::span<const RecordedDomainPeak> peaks = {});
  // Writes the state between the last boundary and the end. No game frame follows.
  std::string write_end_state(const engine::FrozenTraces* before, const engine::FrozenTraces& after);

  // Writes that the program knows the next game frame, before which so many are complete, by this number.
  std::string write_game_frame_number(uint32_t game_frame, uint32_t number);
  // Writes a mark, with its state if that is pinned (store_epoch is not 0), otherwise with the sums alone. `before` is the
  // state that was written last, of a still or of a mark, still pinned; null writes all that lives.
  std::string write_mark(std::string_view name, const engine::FrozenTraces* before, const engine::FrozenTraces& state);
  // Writes that all traces were cleared; the next still is of another generation.
  std::string write_generation_end(const engine::FrozenTraces& last);

  // Writes the end and the index. Nothing may follow. Tracebacks in `end` are numbered as in the engine.
  std::string finish(ReelEnd end);

  ReelStop stop() const { return file_.stop(); }
  uint64_t bytes() const { return file_.file_bytes(); }

 private:
  enum class StillKind : uint8_t { kGameFrame, kMerged, kEnd };

  // What a state is of: which kind of section it is written in, and the still's or the mark's number.
  struct StateOwner {
    reel_format::SectionKind kind;
    uint32_t number;
  };

  void add_still(StillKind kind, const engine::FrozenTraces& state);
  void add_state(StateOwner owner, const engine::FrozenTraces* before, const engine::FrozenTraces& after,
                 uint32_t game_frame);
  void add_key(StateOwner owner, const engine::FrozenTraces& state);
  // Returns how many entries it has.
  size_t add_difference(StateOwner owner, const engine::FrozenTraces& before, const engine::FrozenTraces& after);
  void add_part(StateOwner owner, RecordedChange& part, uint16_t flags);
  void add_new_tables(const engine::FrozenTraces& state);
  void add_sums();
  bool key_is_due(uint64_t entries_since, uint64_t live_blocks) const;
  std::string write_still(StillKind kind, const engine::FrozenTraces* before, const engine::FrozenTraces& after);

  const ReelWriterOptions options_;
  ReelTablesWriter tables_;
  ReelAppender file_;
  ChangeWriter changes_;
  GroupSumsWriter group_sums_;
  CrossThreadWriter cross_thread_;
  DomainPeaksWriter domain_peaks_;

  uint32_t stills_ = 0;
  uint32_t last_state_ = 0;  // the still that has the last state
  ReelSums last_still_;
  uint64_t entries_since_key_ = 0;
  bool has_key_ = false;  // in this generation
  uint32_t marks_ = 0;
  uint64_t mark_entries_ = 0;  // of marks' states, since the last state of a still or the last whole one of a mark
  uint32_t makeshift_game_frames_ = 0;  // as written
  uint32_t number_ahead_ = 0;           // the program's number less ours, as written
};

}  // namespace heapreel
