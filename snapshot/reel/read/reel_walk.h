// Goes through all stills of a reel, one after the other, each with what changed since the one before: for code that
// looks at every game frame. The cost of the next still follows what changed and, at a key still, what lives. When a
// reel is being written (ReelFollower), the walk goes on where it had come to the end.
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

// What a site did in its generation up to some moment, and what of it lives then.
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
  // `path` is for error messages. The memory of a state is bounded by `most_bytes`. `listener` may be null; otherwise
  // it outlives the walk, and is told of every block that is listed, with game frames numbered as in the file. A key
  // still is compared with what lived before it, for which most of both is held at once.
  ReelWalk(std::string path, std::shared_ptr<const ReelInput> input, std::shared_ptr<const ReelContents> contents,
           uint64_t most_bytes, BlockListener* listener = nullptr);

  // Goes on to the next still; the first call goes to the first one, or to where start_at() said. False when there is
  // none, or none yet. Throws ReelError, after which nothing is promised.
  bool next();
  // To be called before next(): begins with the key still at `position`, as if nothing came before it.
  void start_at(size_t position) { start_ = position; }

  // The position of the still to which next() went.
  size_t position() const { return *position_; }
  const ReelStill& still() const { return contents_->stills()[*position_]; }
  // Whether the still says what was allocated before it. A snapshot in a file does not: sites have what lives alone.
  bool tells_history() const { return still().sums.totals.allocs >= still().sums.totals.live_blocks; }
  // The program's number of the still's game frame.
  uint32_t game_frame() const { return contents_->own_number(still().number()); }
  // Whether a generation ended since the still before: then nothing that was known of sites and threads is valid any
  // more.
  bool begins_generation() const { return begins_generation_; }

  // Calls visit(site, const SiteSums& before, const SiteSums& after) for sites that changed since the last still that
  // had a state, in no particular order. Visits nothing when this still has no state.
  template <class Visit>
  void for_each_site_change(Visit&& visit) const {
    for (const Change& change : changes_) visit(change.site, change.before, now_[change.site]);
  }
  const std::vector<SiteSums>& sites() const { return now_; }
  // Everything that is known of a site in this still's generation. Only after a still that had a state.
  engine::SiteAggregate site(uint32_t site) const {
    return site < state_->site_count() ? state_->site(site) : engine::SiteAggregate{};
  }

  // Whether the reel says what threads did in this still. To be called once for each still, from the first one on.
  // Throws ReelError.
  bool knows_groups();
  // Calls visit(GroupId, const GroupSums& before, const GroupSums& after). To be called once for each still, after
  // knows_groups() returned true.
  template <class Visit>
  void for_each_group_change(Visit&& visit) {
    groups_.for_each_change(visit);
  }

  // The blocks that live at the end of this still. Their births are numbered as in the file; own_number() of the
  // contents gives the program's numbers.
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
  // Calls after_part() after each section of the state.
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
  bool lacks_groups_ = false;  // the reel does not have them from here to the end
  bool is_over_ = false;       // the state's generation has ended, though the state is still there
  std::optional<RecordedState> state_;
  std::vector<SiteSums> now_;
  std::vector<Change> changes_;
};

}  // namespace heapreel
