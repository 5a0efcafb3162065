#include "snapshot/reel/read/reel_walk.h"

#include <algorithm>
#include <utility>

namespace heapreel {

ReelWalk::ReelWalk(std::string path, std::shared_ptr<const ReelInput> input,
                   std::shared_ptr<const ReelContents> contents, uint64_t most_bytes, BlockListener* listener)
    : path_(std::move(path)),
      input_(std::move(input)),
      contents_(std::move(contents)),
      most_bytes_(most_bytes),
      listener_(listener),
      reader_(*input_),
      groups_(input_, contents_) {}

bool ReelWalk::next() {
  const size_t position = position_ ? *position_ + 1 : start_;
  if (position >= contents_->stills().size()) return false;
  position_ = position;
  try {
    step();
  } catch (const ReelError& error) {
    throw ReelError(path_ + ": game frame " + std::to_string(game_frame()) + " cannot be shown: " + error.what());
  }
  return true;
}

bool ReelWalk::knows_groups() {
  if (lacks_groups_ || !still().has_state()) return false;
  try {
    lacks_groups_ = !groups_.next(*position_);
  } catch (const ReelError& error) {
    throw ReelError(path_ + ": what threads and size classes did up to game frame " + std::to_string(game_frame()) +
                    " cannot be shown: " + error.what());
  }
  return !lacks_groups_;
}

void ReelWalk::step() {
  changes_.clear();
  const uint32_t generation = still().sums.generation;
  begins_generation_ = contents_->generation_ended_before(*position_) || (generation_ && *generation_ != generation);
  generation_ = generation;
  if (begins_generation_) {
    is_over_ = true;
    std::ranges::fill(now_, SiteSums{});
  }
  if (still().has_state()) read_state();
}

void ReelWalk::read_state() {
  if (is_over_) forget_generation();
  const ReelStill& told = still();
  if (told.is_key) {
    read_key_state();
  } else {
    if (!state_) throw ReelError("the complete state that it builds on is missing");
    state_->expect_sites(contents_->tables().site_count());
    read_parts(*state_, [] {});
  }
  if (state_->blocks().count() != told.sums.totals.live_blocks ||
      state_->blocks().bytes() != told.sums.totals.live_bytes) {
    throw ReelError("its blocks do not add up to its sums");
  }
  note_changes(told.is_key);
}

// A key still is stored as if nothing came before it. What changed is found by comparing, for the listener.
void ReelWalk::read_key_state() {
  const uint32_t sites = contents_->tables().site_count();
  if (listener_ == nullptr) {
    state_.reset();  // gives its memory back first
    state_.emplace(sites, most_bytes_);
    read_parts(*state_, [] {});
    return;
  }
  RecordedState after(sites, most_bytes_);
  RecordedBlocks nothing(0);
  RecordedBlocks& before = state_ ? state_->blocks() : nothing;
  const auto tell = [this](const BlockRow& block, bool added) {
    added ? listener_->born(block) : listener_->died(block);
  };
  read_parts(after, [&] { after.blocks().visit_difference(before, false, tell); });
  after.blocks().visit_difference(before, true, tell);
  state_.emplace(std::move(after));
  state_->set_listener(listener_);
}

template <class AfterPart>
void ReelWalk::read_parts(RecordedState& state, AfterPart&& after_part) {
  const ReelStill& told = still();
  state.start_still(told.number());
  for (uint32_t part = told.first_part; part < told.first_part + told.part_count; ++part) {
    const uint64_t offset = contents_->parts()[part].offset;
    const SectionHeader header = input_->section_header(offset);
    if (header.kind != reel_format::SectionKind::kState || header.still != *position_) {
      throw ReelError("damaged at byte " + std::to_string(offset) + " (not the state that the index names)");
    }
    state.apply(reader_.payload(offset, header));
    after_part();
  }
  state.end_still();
}

// Tells the listener what lived when traces were cleared.
void ReelWalk::forget_generation() {
  if (listener_ != nullptr && state_) {
    state_->blocks().for_each([this](engine::BlockId, const BlockRow& block) { listener_->forgotten(block); });
  }
  state_.reset();
  is_over_ = false;
}

void ReelWalk::note_changes(bool is_key) {
  now_.resize(contents_->tables().site_count());
  if (!is_key) {
    for (const uint32_t site : state_->changed_sites()) note_change(site);
    return;
  }
  // A key still lists everything.
  for (uint32_t site = 0; site < now_.size(); ++site) note_change(site);
}

void ReelWalk::note_change(uint32_t site) {
  const engine::SiteAggregate all = state_->site(site);
  SiteSums after = {all.allocs, all.alloc_bytes, all.reallocs, all.live_blocks, all.live_bytes};
  // A snapshot in a file tells what lives, and nothing of what came and went: what lives was allocated once.
  if (!tells_history()) {
    after.allocs = after.live_blocks;
    after.alloc_bytes = after.live_bytes;
  }
  if (after == now_[site]) return;
  changes_.push_back({site, now_[site]});
  now_[site] = after;
}

}  // namespace heapreel
