#include "tools/command/watch/top_window.h"

#include <algorithm>
#include <utility>

namespace heapreel::tools {

namespace {

// The last game frame with a state, except for what came after the last boundary: that is the program's end, where
// everything is freed.
size_t last_row(const ReelContents& reel) {
  const size_t first = reel.first_row();
  size_t to = reel.row_count();
  if (to > first + 1 && reel.game_frame(to - 1).partial && !reel.game_frame(to - 2).merged) --to;
  while (to > first && reel.game_frame(to - 1).merged) --to;
  return to == first ? first : to - 1;
}

// The row before a window that ends with `to`.
size_t row_before(size_t to, uint32_t window, size_t first) {
  return to - first > window ? to - window : first;
}

}  // namespace

TopWindow::TopWindow(const Reel& reel, uint32_t window, const SkipList& skip_list)
    : reel_(reel), window_(window), replay_(reel.replay()), picker_(skip_list) {
  const ReelContents& contents = reel.source()->contents();
  replay_.start_before(row_before(last_row(contents), window, contents.first_row()));
}

void TopWindow::pass_over(ReelFollower& follower, uint32_t window) {
  const ReelContents& contents = follower.reel().source()->contents();
  if (contents.row_count() == 0) return;
  const size_t to = last_row(contents);
  const size_t row = row_before(to, window, contents.first_row());
  const size_t key = contents.key_before(contents.position_of_row(row));
  follower.forget_before(key, std::min(row, row_before(to, kMostBars, contents.first_row())));
}

void TopWindow::forget_in(ReelFollower& follower) const {
  if (!has_row_) return;
  const size_t first = reel_.source()->contents().first_row();
  follower.forget_before(replay_.position(), std::min(from_, row_before(to_, kMostBars, first)));
}

void TopWindow::take_in() {
  const ReelContents& contents = reel_.source()->contents();
  const auto ends = [&] { return to_ + 1 < contents.row_count() && contents.game_frame(to_ + 1).partial; };
  while (!(has_row_ && ends()) && replay_.next()) take(replay_);
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
  const size_t first = reel_.source()->contents().first_row();
  figures.from = from_ - first;
  figures.to = to_ - first;
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
