// All stills of a reel, one after the other, each with what changed since the one before: for whoever looks at every
// game frame. Going on to the next still costs what changed, and at a key still what lives. Whoever follows a reel that
// is being written (ReelFollower) walks on where the walk had come to its end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "snapshot/reel/read/block_listener.h"
#include "snapshot/reel/read/group_sums_walk.h"
#include "snapshot/reel/read/recorded_state.h"
#include "snapshot/reel/read/reel_contents.h"
#include "snapshot/reel/read/reel_input.h"
#include "snapshot/reel/read/section_reader.h"

namespace heapreel {

// What a site did up to some moment of its generation, and what of it lives.
struct SiteSums {
  uint64_t allocs = 0;
  uint64_t alloc_bytes = 0;
  uint64_t reallocs = 0;
  uint64_t live_blocks = 0;
  uint64_t live_bytes = 0;

  uint64_t frees() const { return allocs - live_blocks; }
  friend bool operator==(const SiteSums&, const SiteSums&) = default;
};

// One thread.
class ReelWalk {
 public:
  // `path`: for errors. The memory of a state is bounded by `most_bytes`. `listener`, which may be null and outlives the
  // walk otherwise, hears of every block that is listed, game frames numbered as in the file. A key still is compared with
  // what lived before then, for which most of both is held at once.
  ReelWalk(std::string path, std::shared_ptr<const ReelInput> input, std::shared_ptr<const ReelContents> contents,
           uint64_t most_bytes, BlockListener* listener = nullptr);

  // Goes on to the next still; the first call to the first, or to where start_at() said. False when there is none left
  // yet. Throws ReelError, after which nothing is promised.
  bool next();
  // Before the first call of next(): begins with the key still at `position`, as if nothing came before.
  void start_at(size_t position) { start_ = position; }

  // Of the still that next() went on to.
  size_t position() const { return *position_; }
  const ReelStill& still() const { return contents_->stills()[*position_]; }
  // The number by which the program knows the game frame that the still is of.
  uint32_t game_frame() const { return contents_->own_number(still().number()); }
  // Whether a generation ended since the still before: everything that was known of sites and threads is over.
  bool begins_generation() const { return begins_generation_; }

  // visit(site, const SiteSums& before, const SiteSums& after) for sites that changed since the last still that had a
  // state, in no order. Nothing where this still has none.
  template <class Visit>
  void for_each_site_change(Visit&& visit) const {
    for (const Change& change : changes_) visit(change.site, change.before, now_[change.site]);
  }
  const std::vector<SiteSums>& sites() const { return now_; }
  // All that is known of a site in this still's generation. After a still that had a state.
  engine::SiteAggregate site(uint32_t site) const {
    return site < state_->site_count() ? state_->site(site) : engine::SiteAggregate{};
  }

  // Whether the reel says what threads did in this still. Asked once a still, from the first on. Throws ReelError.
  bool knows_groups();
  // visit(GroupId, const GroupSums& before, const GroupSums& after), once a still, after knows_groups() said so.
  template <class Visit>
  void for_each_group_change(Visit&& visit) {
    groups_.for_each_change(visit);
  }

  // The blocks that live at the end of this still. Their game frames of birth are the file's: own_number() of the
  // contents makes them the program's.
  const RecordedBlocks& blocks() const { return state_->blocks(); }
  const ReelContents& contents() const { return *contents_; }

 private:
  struct Change {
    uint32_t site;
    SiteSums before;
  };

  void step();
  void read_state();
  void read_key_state();
  // after_part() after each section of the state.
  template <class AfterPart>
  void read_parts(RecordedState& state, AfterPart&& after_part);
  void forget_generation();
  void note_changes(bool is_key);
  void note_change(uint32_t site);

  std::string path_;
  std::shared_ptr<const ReelInput> input_;
  std::shared_ptr<const ReelContents> contents_;
  uint64_t most_bytes_;
  BlockListener* listener_;
  SectionReader reader_;
  GroupSumsWalk groups_;
  size_t start_ = 0;
  std::optional<size_t> position_;
  std::optional<uint32_t> generation_;
  bool begins_generation_ = false;
  bool lacks_groups_ = false;  // from here to the end
  bool is_over_ = false;       // the generation of the state, though the state is still there
  std::optional<RecordedState> state_;
  std::vector<SiteSums> now_;
  std::vector<Change> changes_;
};

}  // namespace heapreel
