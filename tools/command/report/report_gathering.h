// Gathers what the page of a report shows, game frame by game frame.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <heapreel/size_histogram.h>
#include <heapreel/skip_list.h>

#include "snapshot/reel/read/reel.h"
#include "tools/command/read/site_lifetimes.h"
#include "tools/command/report/call_tree.h"
#include "tools/command/report/report_data.h"
#include "tools/command/report/report_moments.h"
#include "tools/command/report/report_rows.h"
#include "tools/command/report/report_summary.h"
#include "tools/command/report/site_stream.h"
#include "tools/command/report/thread_streams.h"

namespace heapreel::tools {

// One thread. Throws ReelError when a game frame is damaged, after which nothing is promised.
class ReportGathering {
 public:
  // `reel`, which outlives it, may be one that is followed (ReelFollower). When the follower says that the game frames
  // have other rows than before, a new gathering has to begin. `limits` says how many rows it keeps of a long recording.
  // `end` is the number of the game frame that stands for the end of the program (end()), if that is known.
  explicit ReportGathering(const Reel& reel, const SkipList& skip_list, ReportRows::Limits limits = {},
                           std::optional<uint32_t> end = {});

  // Takes in the game frames that the reel has gained since the call before. The cost follows what happened in them.
  // When the highest or the last game frame with whole blocks was passed, it also takes in what lived in it. False when
  // what was taken in before is no longer right, and a new gathering has to begin: the recording has ended, and its
  // last game frames are the program's shutdown.
  bool take_in();
  // After take_in() returned false: the game frame to begin anew with.
  uint32_t end() const { return rows_[moments_.to].number; }

  // What it does not ask the reel for again: stills and rows before these may be forgotten (ReelFollower).
  struct Passed {
    size_t still = 0;
    size_t row = 0;
  };
  Passed passed() const;

  const ReportRows& rows() const { return rows_; }
  // What a site did, by row.
  const Bytes& stream(uint32_t site) { return streams_[site].finish(); }

  // Whether a game frame with whole blocks was taken in; before that there is no data.
  bool has_game_frame() const { return has_row_; }
  // Everything that was taken in. `path` and `options` are as in ReportData. The cost follows what the page shows,
  // which grows with the recording.
  ReportData data(const std::string& path, const std::vector<std::string>& options = {});

 private:
  void expect_sites();
  void take_in_rows();
  bool look_again_at_moments();
  void fold();
  size_t row() const { return rows_.row_of(replay_.row()); }
  void take(const SiteChange& change);
  void look_at_blocks();
  void name_places();
  void sum_up_growth();

  ByteWriter site_columns() const;
  ByteWriter name_columns();
  ByteWriter row_columns() const;
  ByteWriter stream_columns();
  ByteWriter lifetime_columns() const;
  ByteWriter group_columns() const;

  const Reel& reel_;
  const std::optional<uint32_t> end_;
  ReportRows rows_;
  ReelReplay replay_;
  bool has_row_ = false;  // the replay stands at one
  ReportMoments moments_;
  TextTable texts_;
  CallTree tree_;
  // By site, the next four.
  std::vector<SiteStream> streams_;
  std::vector<SiteStream::Cursor> growth_begins_;
  std::vector<SiteAtMoments> at_moments_;
  std::vector<CallTree::Place> places_;
  const SizeBinning binning_;
  SiteLifetimes lifetimes_;
  ThreadStreams threads_;
  Bytes peak_blocks_;
  std::optional<Bytes> last_blocks_;  // of the last whole game frame, once it was passed
};

}  // namespace heapreel::tools
