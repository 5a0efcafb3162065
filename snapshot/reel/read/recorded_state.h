// A state of a reel while it is put together from its sections: the live blocks, and what is known of each site.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "snapshot/reel/format/reel_bytes.h"
#include "snapshot/reel/format/site_tally.h"
#include "snapshot/reel/read/block_listener.h"
#include "snapshot/reel/read/recorded_blocks.h"

namespace heapreel {

// It starts from nothing, or from an earlier still that is complete. Stills are applied in their order, from a key
// still on. Contradictions in the file throw ReelError, after which nothing is promised.
class RecordedState {
 public:
  // `sites` is the number of sites. Memory for the blocks is bounded by `most_bytes`.
  RecordedState(uint32_t sites, uint64_t most_bytes) : blocks_(most_bytes), sites_(sites) {}
  // Goes on from a still, with which it shares what does not change.
  RecordedState(const RecordedBlocks& blocks, const std::vector<engine::SiteAggregate>& sites);

  // From now on the file may name so many sites, because a reel that is being written gets more.
  void expect_sites(uint32_t count) {
    if (count > sites_.size()) sites_.resize(count);
  }

  // Applies the next still, that of the end of `game_frame`: start, its sections, end.
  void start_still(uint32_t game_frame);
  void apply(std::span<const uint8_t> section);
  void end_still();

  // From now on `listener` is told of the births and deaths that stills list, with game frames numbered as in the file;
  // null: nobody.
  void set_listener(BlockListener* listener) { listener_ = listener; }

  const RecordedBlocks& blocks() const { return blocks_; }
  RecordedBlocks& blocks() { return blocks_; }
  RecordedBlocks take_blocks() { return std::move(blocks_); }
  std::vector<engine::SiteAggregate> sites() const;
  size_t site_count() const { return sites_.size(); }
  engine::SiteAggregate site(uint32_t site) const { return std::bit_cast<engine::SiteAggregate>(sites_[site]); }
  // The sites that the last still listed.
  const std::vector<uint32_t>& changed_sites() const { return changed_sites_; }

 private:
  void apply_deaths(ByteReader& in);
  void apply_births(ByteReader& in);
  void apply_sites(ByteReader& in);
  void grow(uint32_t site, uint64_t unlisted);

  RecordedBlocks blocks_;
  std::vector<RecordedSiteChange::Figures> sites_;
  SiteTallies tallies_;
  std::vector<uint32_t> changed_sites_;
  BlockListener* listener_ = nullptr;
  uint32_t game_frame_ = 0;
};

}  // namespace heapreel
