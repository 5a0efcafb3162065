#include "tools/command/watch/top_window.h"

#include <utility>

namespace heapreel::tools {

namespace {

// The last game frame with a state, except for what came after the last boundary: that is the program's end, where
// everything is freed.
size_t last_row(const std::vector<GameFrameRow>& rows) {
  size_t to = rows.size();
  if (to > 1 && rows[to - 1].partial && !rows[to - 2].merged) --to;
  while (to > 0 && rows[to - 1].merged) --to;
  return to == 0 ? 0 : to - 1;
}

}  // namespace

TopWindow::TopWindow(const Reel& reel, uint32_t window, const SkipList& skip_list)
    : reel_(reel), window_(window), replay_(reel.replay()), picker_(skip_list) {
  const size_t to = last_row(reel.game_frames());
  replay_.start_before(to > window ? to - window : 0);
}

void TopWindow::take_in() {
  const auto& rows = reel_.game_frames();
  while (!(has_row_ && to_ + 1 < rows.size() && rows[to_ + 1].partial) && replay_.next()) take(replay_);
}

void TopWindow::take(const ReelReplay& replay) {
  sites_.resize(reel_.source()->tables().site_count());
  to_ = replay.row();
  // After traces were cleared, nothing from before counts.
  if (!has_row_ || replay.cleared()) return begin_with(replay);
  Row& row = rows_.emplace_back(Row{to_, {replay.changes().begin(), replay.changes().end()}});
  for (const SiteChange& change : row.changes) {
    TopSite& site = sites_[change.site];
    site.live_bytes = change.live_bytes;
    site.growth += change.byte_growth();
    site.allocs += change.allocs;
    site.alloc_bytes += change.alloc_bytes;
    site.short_lived += change.temporary_blocks;
  }
  while (rows_.front().row + window_ <= to_) {
    leave(rows_.front());
    from_ = rows_.front().row;
    rows_.pop_front();
  }
}

void TopWindow::begin_with(const ReelReplay& replay) {
  const bool was_cleared = has_row_;
  if (!was_cleared) from_ = to_;
  has_row_ = true;
  rows_.clear();
  std::vector<TopSite>(sites_.size()).swap(sites_);
  for (const SiteChange& change : replay.changes()) {
    TopSite& site = sites_[change.site];
    site.live_bytes = change.live_bytes;
    if (was_cleared) site.growth = static_cast<int64_t>(change.live_bytes);
  }
}

void TopWindow::leave(const Row& row) {
  for (const SiteChange& change : row.changes) {
    TopSite& site = sites_[change.site];
    site.growth -= change.byte_growth();
    site.allocs -= change.allocs;
    site.alloc_bytes -= change.alloc_bytes;
    site.short_lived -= change.temporary_blocks;
  }
}

size_t TopWindow::place_of(uint32_t site) {
  const Frame& frame = picker_.pick(reel_.source()->traceback(reel_.source()->tables().site(site).traceback));
  return places_.try_emplace(frame, places_.size()).first->second;
}

TopFigures TopWindow::figures() {
  TopFigures figures;
  figures.from = from_;
  figures.to = to_;
  figures.budgets = top_breaches(reel_, sites_, figures.game_frames());
  while (place_by_site_.size() < sites_.size())
    place_by_site_.push_back(place_of(static_cast<uint32_t>(place_by_site_.size())));
  std::vector<TopLine> lines(places_.size());
  std::vector<bool> is_shown(places_.size());
  for (size_t site = 0; site < sites_.size(); ++site) {
    const TopSite& sums = sites_[site];
    if (sums.live_bytes == 0 && sums.allocs == 0 && sums.growth == 0) continue;
    TopLine& line = lines[place_by_site_[site]];
    is_shown[place_by_site_[site]] = true;
    line.live_bytes += sums.live_bytes;
    line.growth += sums.growth;
    line.allocs += sums.allocs;
    line.short_lived += sums.short_lived;
  }
  for (const auto& [frame, place] : places_) {
    if (!is_shown[place]) continue;
    lines[place].frame = frame;
    figures.lines.push_back(std::move(lines[place]));
  }
  return figures;
}

}  // namespace heapreel::tools
