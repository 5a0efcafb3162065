#include "snapshot/reel/read/reel_replay.h"

#include <algorithm>
#include <utility>

namespace heapreel {

ReelReplay::ReelReplay(std::string path, std::shared_ptr<const ReelInput> input,
                       std::shared_ptr<const ReelContents> contents, uint64_t most_state_bytes, BlockListener* listener)
    : path_(path),
      input_(input),
      contents_(contents),
      listener_(listener),
      walk_(std::move(path), std::move(input), std::move(contents), most_state_bytes, this),
      cross_thread_(*input_, *contents_) {}

void ReelReplay::start_before(size_t row) {
  const size_t key = row < contents_->row_count() ? contents_->key_before(contents_->position_of_row(row)) : 0;
  walk_.start_at(key);
  next_row_ = contents_->first_row();
  while (next_row_ < row && contents_->position_of_row(next_row_) < key) ++next_row_;
}

bool ReelReplay::next() {
  if (is_between_) {
    first_row_ = next_row_;
    cleared_ = false;
    knows_cross_thread_frees_ = true;
    changes_.clear();
    is_between_ = false;
  }
  while (next_row_ < contents_->row_count() && walk_.next()) {
    const size_t position = walk_.position();
    cleared_ |= contents_->generation_ended_before(position);
    const bool has_state = walk_.still().has_state();
    const bool is_row = contents_->position_of_row(next_row_) == position;
    if (is_row) row_ = next_row_++;
    if (!has_state) continue;
    try {
      gather();
      if (is_row) finish_game_frame();
    } catch (const ReelError& error) {
      throw ReelError(path_ + ": game frame " + std::to_string(walk_.game_frame()) +
                      " cannot be shown: " + error.what());
    }
    is_between_ = is_row;
    if (is_row) return true;
  }
  return false;
}

ReelReplay::Gathered& ReelReplay::touch(uint32_t site) {
  if (site >= gathered_.size()) gathered_.resize(contents_->tables().site_count());
  Gathered& gathered = gathered_[site];
  if (!gathered.touched) {
    gathered.touched = true;
    gathered.change.site = site;
    touched_.push_back(site);
  }
  return gathered;
}

void ReelReplay::gather() {
  walk_.for_each_site_change([this](uint32_t site, const SiteSums& before, const SiteSums& after) {
    SiteChange& change = touch(site).change;
    change.allocs += after.allocs - before.allocs;
    change.alloc_bytes += after.alloc_bytes - before.alloc_bytes;
    change.reallocs += after.reallocs - before.reallocs;
    change.frees += after.frees() - before.frees();
    change.freed_bytes += (after.alloc_bytes - after.live_bytes) - (before.alloc_bytes - before.live_bytes);
    change.live_blocks = after.live_blocks;
    change.live_bytes = after.live_bytes;
  });
  const size_t position = walk_.position();
  knows_cross_thread_frees_ &= contents_->knows_cross_thread_frees(position);
  for (const CrossThreadGrowth& row : cross_thread_.at(static_cast<uint32_t>(position))) {
    SiteChange& change = touch(row.site).change;
    change.cross_thread_frees += row.growth.frees;
    change.cross_thread_bytes += row.growth.freed_bytes;
    change.cross_thread_temporary_blocks += row.growth.temporary_frees;
    change.cross_thread_temporary_bytes += row.growth.temporary_bytes;
  }
}

void ReelReplay::finish_game_frame() {
  std::ranges::sort(touched_);
  for (const uint32_t site : touched_) {
    Gathered& gathered = gathered_[site];
    SiteChange& change = gathered.change;
    // A block that was born and is not listed died before the next state.
    if (change.allocs < gathered.born_blocks) throw ReelError("a site has more births than allocations");
    change.temporary_blocks = change.allocs - gathered.born_blocks + gathered.died_young_blocks;
    change.temporary_bytes = change.alloc_bytes - gathered.born_bytes + gathered.died_young_bytes;
    if (change.allocs != 0 || change.frees != 0 || change.forgotten_blocks != 0) changes_.push_back(change);
    gathered = {};
  }
  touched_.clear();
}

BlockRow ReelReplay::shown(BlockRow block) const {
  block.born = contents_->own_number(block.born);
  return block;
}

void ReelReplay::born(const BlockRow& block) {
  Gathered& gathered = touch(block.site);
  ++gathered.born_blocks;
  gathered.born_bytes += block.size;
  if (listener_ != nullptr) listener_->born(shown(block));
}

void ReelReplay::died(const BlockRow& block) {
  Gathered& gathered = touch(block.site);
  const BlockRow row = shown(block);
  if (row.born >= contents_->game_frame(first_row_).number && gathered.born_blocks > gathered.died_young_blocks) {
    ++gathered.died_young_blocks;
    gathered.died_young_bytes += block.size;
  }
  if (listener_ != nullptr) listener_->died(row);
}

void ReelReplay::forgotten(const BlockRow& block) {
  SiteChange& change = touch(block.site).change;
  ++change.forgotten_blocks;
  change.forgotten_bytes += block.size;
  change.live_blocks = 0;
  change.live_bytes = 0;
  if (listener_ != nullptr) listener_->forgotten(shown(block));
}

}  // namespace heapreel
