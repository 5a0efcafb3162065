// Writes state sections: what changed, except for what the reader can find out by itself.
#pragma once

#include <cstdint>

#include "snapshot/reel/format/recorded_change.h"
#include "snapshot/reel/format/reel_bytes.h"
#include "snapshot/reel/format/site_tally.h"

namespace heapreel {

// One thread.
class ChangeWriter {
 public:
  // Begins the change that leads to the state at the end of `game_frame`. `before` gives the figures of the state from
  // which it starts.
  void start(uint32_t game_frame, SiteTallies::Before before);

  // Makes one section of the change. Over all sections, deaths come before births, and births before sites. Every site
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
