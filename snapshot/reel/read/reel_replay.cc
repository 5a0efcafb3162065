#include "snapshot/reel/read/reel_replay.h"

#include <algorithm>
#include <utility>

#include "snapshot/reel/read/section_reader.h"

namespace heapreel {

ReelReplay::ReelReplay(std::string path, std::shared_ptr<const ReelInput> input,
                       std::shared_ptr<const ReelContents> contents, uint64_t most_state_bytes, BlockListener* listener)
    : path_(std::move(path)),
      input_(std::move(input)),
      contents_(std::move(contents)),
      most_state_bytes_(most_state_bytes),
      listener_(listener),
      cross_thread_(*input_, *contents_),
      seen_(contents_->tables().site_count()),
      gathered_(contents_->tables().site_count()) {}

bool ReelReplay::next() {
  const auto& stills = contents_->stills();
  const size_t rows = contents_->game_frames().size();
  first_row_ = next_row_;
  cleared_ = false;
  knows_cross_thread_frees_ = true;
  changes_.clear();
  while (position_ < stills.size() && next_row_ < rows) {
    const size_t position = position_;
    const bool has_state = stills[position].has_state();
    cleared_ |= contents_->generation_ended_before(position);
    if (has_state) {
      try {
        apply(position);
      } catch (const ReelError& error) {
        throw damaged(position, error);
      }
    }
    ++position_;
    if (contents_->position_of_row(next_row_) != position) continue;
    row_ = next_row_++;
    if (!has_state) continue;
    try {
      finish_game_frame();
    } catch (const ReelError& error) {
      throw damaged(position, error);
    }
    return true;
  }
  return false;
}

ReelError ReelReplay::damaged(size_t position, const ReelError& error) const {
  return ReelError(path_ + ": game frame " +
                   std::to_string(contents_->own_number(contents_->stills()[position].number())) +
                   " cannot be shown: " + error.what());
}

template <class AfterPart>
void ReelReplay::read_parts(size_t position, RecordedState& state, AfterPart&& after_part) {
  const ReelStill& still = contents_->stills()[position];
  SectionReader reader(*input_);
  state.start_still(still.number());
  for (uint32_t part = still.first_part; part < still.first_part + still.part_count; ++part) {
    const uint64_t offset = contents_->parts()[part].offset;
    const SectionHeader header = input_->section_header(offset);
    if (header.kind != reel_format::SectionKind::kState || header.still != position) {
      throw ReelError("damaged at byte " + std::to_string(offset) + " (not the state that the index names)");
    }
    state.apply(reader.payload(offset, header));
    after_part();
  }
  state.end_still();
}

void ReelReplay::apply(size_t position) {
  const ReelStill& still = contents_->stills()[position];
  if (still.is_key) {
    apply_key_still(position);
  } else {
    if (state_ == nullptr) throw ReelError("no key still comes before it");
    read_parts(position, *state_, [] {});
    for (const uint32_t site : state_->changed_sites()) gather(site);
  }
  knows_cross_thread_frees_ &= contents_->knows_cross_thread_frees(position);
  for (const CrossThreadGrowth& row : cross_thread_.at(static_cast<uint32_t>(position))) {
    SiteChange& change = touch(row.site).change;
    change.cross_thread_frees += row.growth.frees;
    change.cross_thread_bytes += row.growth.freed_bytes;
    change.cross_thread_temporary_blocks += row.growth.temporary_frees;
    change.cross_thread_temporary_bytes += row.growth.temporary_bytes;
  }
  const engine::Totals& totals = still.sums.totals;
  if (state_->blocks().count() != totals.live_blocks || state_->blocks().bytes() != totals.live_bytes) {
    throw ReelError("its blocks do not add up to its sums");
  }
}

// A key still is told as if nothing came before it: what changed is found by comparing.
void ReelReplay::apply_key_still(size_t position) {
  const uint32_t generation = contents_->stills()[position].sums.generation;
  if (state_ != nullptr && generation != generation_) forget_generation();
  generation_ = generation;
  auto after = std::make_unique<RecordedState>(contents_->tables().site_count(), most_state_bytes_);
  RecordedBlocks nothing(0);
  RecordedBlocks& before = state_ == nullptr ? nothing : state_->blocks();
  const auto tell = [this](const BlockRow& block, bool added) { added ? born(block) : died(block); };
  read_parts(position, *after, [&] { after->blocks().visit_difference(before, false, tell); });
  after->blocks().visit_difference(before, true, tell);
  state_ = std::move(after);
  state_->set_listener(this);
  gather_all();
}

void ReelReplay::forget_generation() {
  state_->blocks().for_each([this](engine::BlockId, const BlockRow& block) { forgotten(block); });
  state_.reset();
  std::ranges::fill(seen_, engine::SiteAggregate{});
}

ReelReplay::Gathered& ReelReplay::touch(uint32_t site) {
  Gathered& gathered = gathered_[site];
  if (!gathered.touched) {
    gathered.touched = true;
    gathered.change.site = site;
    touched_.push_back(site);
  }
  return gathered;
}

void ReelReplay::gather(uint32_t site) {
  const engine::SiteAggregate now = state_->site(site);
  const engine::SiteAggregate& before = seen_[site];
  SiteChange& change = touch(site).change;
  change.allocs += now.allocs - before.allocs;
  change.alloc_bytes += now.alloc_bytes - before.alloc_bytes;
  change.reallocs += now.reallocs - before.reallocs;
  change.frees += now.frees() - before.frees();
  change.freed_bytes += (now.alloc_bytes - now.live_bytes) - (before.alloc_bytes - before.live_bytes);
  change.live_blocks = now.live_blocks;
  change.live_bytes = now.live_bytes;
  seen_[site] = now;
}

void ReelReplay::gather_all() {
  for (uint32_t site = 0; site < seen_.size(); ++site) {
    if (state_->site(site).allocs != seen_[site].allocs || gathered_[site].touched) gather(site);
  }
}

void ReelReplay::finish_game_frame() {
  std::ranges::sort(touched_);
  for (const uint32_t site : touched_) {
    Gathered& gathered = gathered_[site];
    SiteChange& change = gathered.change;
    // Whatever was born and is not listed came and went between two states.
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
  if (row.born >= contents_->game_frames()[first_row_].number && gathered.born_blocks > gathered.died_young_blocks) {
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
