// Every game frame of a reel in its order: which sites changed in it, and by how much.
//
//   ReelReplay replay = reel.replay();
//   while (replay.next()) {
//     const GameFrameRow& row = replay.game_frame();
//     for (const SiteChange& change : replay.changes()) use(row.number, change.site, change.allocs, ...);
//   }
//   replay.blocks();  // what lives after the last one
//
// The reel is read once, from its beginning, and one state is held: a replay is a ReelWalk whose stills are combined to
// game frames. ReelTables::site(change.site) has a site's domain, tag (scope) and traceback, which Reel::source() turns
// into names and tracebacks.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <heapreel/errors.h>

#include "snapshot/reel/format/reel_info.h"
#include "snapshot/reel/read/block_listener.h"
#include "snapshot/reel/read/cross_thread_walk.h"
#include "snapshot/reel/read/reel_contents.h"
#include "snapshot/reel/read/reel_input.h"
#include "snapshot/reel/read/reel_walk.h"

namespace heapreel {

// What happened at one site in one game frame, or in several that were merged. Sizes are requested bytes.
//
// live blocks after it = live blocks before it + allocs - frees - forgotten_blocks, and so for bytes.
struct SiteChange {
  uint32_t site = 0;
  uint64_t allocs = 0;  // a realloc is one of these and one free
  uint64_t alloc_bytes = 0;
  uint64_t reallocs = 0;
  uint64_t frees = 0;
  uint64_t freed_bytes = 0;
  uint64_t temporary_blocks = 0;  // of `allocs` and of `frees`: blocks that were freed before it ended
  uint64_t temporary_bytes = 0;
  // Of `frees`, those by another thread than the one that allocated; in the same way of `temporary_blocks`, where no
  // game frames were merged. 0 when the reel does not say: see ReelReplay::knows_cross_thread_frees().
  uint64_t cross_thread_frees = 0;
  uint64_t cross_thread_bytes = 0;
  uint64_t cross_thread_temporary_blocks = 0;
  uint64_t cross_thread_temporary_bytes = 0;
  uint64_t forgotten_blocks = 0;  // lived when traces were cleared: see ReelReplay::next()
  uint64_t forgotten_bytes = 0;
  uint64_t live_blocks = 0;  // at its end
  uint64_t live_bytes = 0;

  int64_t block_growth() const { return static_cast<int64_t>(allocs - frees - forgotten_blocks); }
  int64_t byte_growth() const { return static_cast<int64_t>(alloc_bytes - freed_bytes - forgotten_bytes); }
};

// One thread. Results are valid until the next call of next().
class ReelReplay : private BlockListener {
 public:
  // `most_state_bytes` bounds the memory of a state. `listener` may be null; otherwise it outlives the replay. `path`
  // is for error messages.
  ReelReplay(std::string path, std::shared_ptr<const ReelInput> input, std::shared_ptr<const ReelContents> contents,
             uint64_t most_state_bytes, BlockListener* listener);
  ReelReplay(const ReelReplay&) = delete;
  ReelReplay& operator=(const ReelReplay&) = delete;

  // To be called before next(): begins with a game frame at or before `row` whose state needs no earlier one.
  // Everything that lives then counts as its changes.
  void start_before(size_t row);

  // Goes on to the next game frame that has a state. False after the last one; for a reel that is followed
  // (ReelFollower), until there is another one. Throws ReelError when a state is damaged; nothing can be replayed after
  // that.
  //
  // When traces were cleared in this game frame, what the ended generation did after its last recorded state is in the
  // sums of the row, but not among the changes, because a reel does not divide it by site.
  bool next();

  // The game frame to which next() went. When game frames before it were merged into it (GameFrameRow::merged), the
  // changes are those of all of them: rows first_row() to row() of Reel::game_frames().
  const GameFrameRow& game_frame() const { return contents_->game_frame(row_); }
  // Counted from the reel's first row, as all rows here.
  size_t row() const { return row_; }
  size_t first_row() const { return first_row_; }

  // The still that it has gone to: what comes before it is not looked at again.
  size_t position() const { return walk_.position(); }

  // The sites at which anything happened, ascending by number.
  std::span<const SiteChange> changes() const { return changes_; }
  // Whether traces were cleared in this game frame.
  bool cleared() const { return cleared_; }

  // Whether the reel says, for all of this game frame, which frees were made by other threads.
  bool knows_cross_thread_frees() const { return knows_cross_thread_frees_; }

  // The state after this game frame. Births are numbered by the file's count of game frames (ReelContents::own_number).
  const RecordedBlocks& blocks() const { return walk_.blocks(); }
  engine::SiteAggregate site(uint32_t site) const { return walk_.site(site); }
  const ReelSums& sums() const { return walk_.still().sums; }

 private:
  // A site's change while it is gathered, over one or several stills.
  struct Gathered {
    SiteChange change;
    uint64_t born_blocks = 0;  // listed
    uint64_t born_bytes = 0;
    uint64_t died_young_blocks = 0;  // listed, and born since the gathering began
    uint64_t died_young_bytes = 0;
    bool touched = false;
  };

  void born(const BlockRow& block) override;
  void died(const BlockRow& block) override;
  void forgotten(const BlockRow& block) override;

  Gathered& touch(uint32_t site);
  // Takes in what changed in the still to which the walk went.
  void gather();
  void finish_game_frame();
  BlockRow shown(BlockRow block) const;

  const std::string path_;
  const std::shared_ptr<const ReelInput> input_;
  const std::shared_ptr<const ReelContents> contents_;
  BlockListener* const listener_;

  ReelWalk walk_;
  CrossThreadWalk cross_thread_;
  bool knows_cross_thread_frees_ = false;
  size_t next_row_ = 0;
  size_t row_ = 0;
  size_t first_row_ = 0;
  bool cleared_ = false;
  bool is_between_ = true;          // no still of the next game frame has been taken in yet
  std::vector<Gathered> gathered_;  // by site
  std::vector<uint32_t> touched_;
  std::vector<SiteChange> changes_;
};

}  // namespace heapreel
