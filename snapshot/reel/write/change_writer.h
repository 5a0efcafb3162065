// Writes state sections: what changed, less what the reader can tell by itself.
#pragma once

#include <cstdint>

#include "snapshot/reel/format/recorded_change.h"
#include "snapshot/reel/format/reel_bytes.h"
#include "snapshot/reel/format/site_tally.h"

namespace heapreel {

// One thread.
class ChangeWriter {
 public:
  // Begins the change to a state at the end of `game_frame`. `before` gives the figures of the state that it starts
  // from.
  void start(uint32_t game_frame, SiteTallies::Before before);

  // Makes one section of the change. Over all sections deaths come before births, and births before sites; every site
  // that has one of the blocks is listed once.
  ByteWriter part(const RecordedChange& change);

 private:
  void write_deaths(ByteWriter& out, const std::vector<RecordedBlock>& died);
  void write_births(ByteWriter& out, const std::vector<RecordedBlock>& born);
  void write_sites(ByteWriter& out, const std::vector<RecordedSiteChange>& sites);

  uint32_t game_frame_ = 0;
  SiteTallies tallies_;
};

}  // namespace heapreel
