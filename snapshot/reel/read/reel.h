// Reads a reel. Files are treated as hostile: every length is checked, memory is bounded, and nothing is trusted unless
// a checksum or the sums confirm it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <heapreel/snapshot.h>

#include "snapshot/reel/read/held_stills.h"
#include "snapshot/reel/read/reel_contents.h"
#include "snapshot/reel/read/reel_replay.h"
#include "snapshot/reel/read/reel_trace_set.h"
#include "snapshot/reel/read/reel_walk.h"

namespace heapreel {

struct ReelOptions {
  SymbolizerOptions symbols;
  uint64_t most_still_bytes = uint64_t{8} << 30;  // memory of one still that is shown
  // States are read when they are needed. When the file has at most this many bytes, open() checks the checksums of all
  // states, and ReelInfo::damage says what is damaged. A gigabyte takes about a tenth of a second once it is in memory.
  uint64_t most_checked_bytes = 0;
};

// Immutable, cheap to copy, any thread. Everything that cannot be read throws ReelError.
class Reel {
 public:
  // A reel that is damaged or was cut off opens as far as it is sound: see ReelInfo::recovered.
  static Reel open(const std::string& path, ReelOptions options = {});

  const ReelInfo& info() const { return contents_->info(); }
  // Game frames in ascending order of their numbers. When there is a partial one, it is the last.
  const std::vector<GameFrameRow>& game_frames() const { return contents_->game_frames(); }
  // The numbers that the program gives its game frames.
  const ProgramNumbers& program_numbers() const { return contents_->program_numbers(); }
  const std::vector<ReelMark>& marks() const { return contents_->marks().all(); }
  // Whether who wrote it kept the states of marks. A mark may lack one nevertheless: see ReelMark::has_state.
  bool has_mark_states() const { return contents_->has_mark_states(); }
  // The budgets that were known at the end of the recording.
  const RecordedBudgets& budgets() const { return contents_->tables().budgets(); }

  // The state at the end of a game frame; for the partial one, at the end of the process. While an earlier state is
  // held, and there is no key still in between, the later one is made from it and shares what did not change.
  std::shared_ptr<const ReelTraceSet> at(uint32_t game_frame) const;
  // The state at a mark, by its place in marks(), which has one. It holds every event of the marking thread before the mark
  // and none after it; of another thread's, those that returned before the mark was made, none that began after it, and no
  // event without those that happened before it. What is known of game frames alone, as by thread and by size class, is
  // not known of it. Made of the state of the game frame before it, with which it shares what did not change.
  std::shared_ptr<const ReelTraceSet> at_mark(size_t mark) const;
  // The last state there is.
  std::shared_ptr<const ReelTraceSet> at_end() const;
  // The first game frame, among those with a still, that ends with the most live bytes. The peak inside a game frame
  // (info().totals.peak_bytes) may be higher.
  uint32_t peak_game_frame() const;

  // Goes through every game frame in order, with what it changed. `listener` is also told of each block, and outlives
  // the replay.
  ReelReplay replay(BlockListener* listener = nullptr) const {
    return {path_, input_, contents_, most_still_bytes_, listener};
  }

  // What threads and size classes did, still by still.
  const RecordedGroupSums& group_sums() const { return *group_sums_; }
  // The most bytes that lived in each domain, game frame by game frame.
  const RecordedDomainPeaks& domain_peaks() const { return *domain_peaks_; }

  // Reads everything, every state in turn, and returns a sentence for each part that is not sound.
  std::vector<std::string> verify() const;

  Snapshot snapshot_at(uint32_t game_frame) const;
  Snapshot snapshot_at_mark(size_t mark) const;

  // Goes through all stills in turn, from the first one on. Does not depend on the life of this object.
  ReelWalk walk() const { return ReelWalk(path_, input_, contents_, most_still_bytes_); }
  std::shared_ptr<const ReelTracebackSource> source() const { return source_; }

 private:
  friend class ReelFollower;

  Reel(std::string path, ReelOptions options, std::shared_ptr<const ReelInput> input,
       std::shared_ptr<const ReelContents> contents);

  size_t position_of(uint32_t game_frame) const;
  std::shared_ptr<const ReelTraceSet> still(size_t position) const;
  std::shared_ptr<const ReelTraceSet> read_still(size_t position) const;
  std::shared_ptr<const ReelTraceSet> read_mark(size_t mark) const;
  size_t verify_marks(size_t position, size_t first, std::vector<std::string>& damage) const;
  void read_part(RecordedState& state, const ReelPart& part, reel_format::SectionKind kind,
                 SectionReader& reader) const;

  std::string path_;
  uint64_t most_still_bytes_;
  std::shared_ptr<const ReelInput> input_;
  std::shared_ptr<const ReelContents> contents_;
  std::shared_ptr<const ReelTracebackSource> source_;
  std::shared_ptr<const RecordedGroupSums> group_sums_;
  std::shared_ptr<const RecordedCrossThreadFrees> cross_thread_frees_;
  std::shared_ptr<const RecordedDomainPeaks> domain_peaks_;
  std::shared_ptr<HeldStills> held_;
  std::shared_ptr<HeldStills> held_marks_;  // by the mark's place
};

}  // namespace heapreel
