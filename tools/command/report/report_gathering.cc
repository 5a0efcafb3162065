#include "tools/command/report/report_gathering.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "snapshot/model/group_label.h"
#include "snapshot/recorded/recorded_figures.h"
#include "tools/command/report/report_head.h"
#include "tools/command/report/still_blocks.h"
#include "tools/command/report/stream_columns.h"

namespace heapreel::tools {
namespace {

// The sections, which the page's reader knows by the same numbers (tools/report/src/body.ts).
enum class Section : uint8_t {
  kTexts = 1,
  kFrames = 2,
  kNodes = 3,
  kSites = 4,
  kNames = 5,
  kRows = 6,
  kStreams = 7,
  kLifetimes = 8,
  kPeakBlocks = 9,
  kLastBlocks = 10,
  kGroups = 11,
  kThreadStreams = 12,
};

void put_section(ByteWriter& body, Section section, const Bytes& bytes) {
  body.varint(static_cast<uint64_t>(section));
  body.varint(bytes.size());
  body.raw(std::span(bytes));
}

constexpr size_t kMostKeptMarks = 256;  // the newest

// A program that is being recorded is not shutting down.
bool is_by_clock(const ReelInfo& info) {
  const std::string& by = info.end.costs.game_frames_by;
  return !info.being_written && (by.empty() || by == "timer");
}

}  // namespace

ReportGathering::ReportGathering(const Reel& reel, const SkipList& skip_list, ReportRows::Limits limits,
                                 std::optional<uint32_t> end)
    : reel_(reel),
      end_(end),
      rows_(limits),
      replay_(reel.replay()),
      tree_(skip_list, texts_),
      binning_(reel.info().header.allocator == "system" ? SizeBinning::power_of_two : SizeBinning::mimalloc_class),
      lifetimes_(0),
      threads_(reel) {}

void ReportGathering::expect_sites() {
  const uint32_t sites = reel_.source()->tables().site_count();
  streams_.resize(sites);
  growth_begins_.resize(sites);
  at_moments_.resize(sites);
  lifetimes_.expect_sites(sites);
}

bool ReportGathering::take_in() {
  expect_sites();
  take_in_rows();
  if (!look_again_at_moments()) return false;
  while (replay_.next()) {
    has_row_ = true;
    for (const SiteChange& change : replay_.changes()) take(change);
    lifetimes_.take(replay_);
    look_at_blocks();
  }
  threads_.take_in();
  if (rows_.is_full()) fold();
  return true;
}

void ReportGathering::take_in_rows() {
  const ReelContents& contents = reel_.source()->contents();
  while (rows_.reel_rows() < contents.row_count()) rows_.add(contents.game_frame(rows_.reel_rows()));
}

ReportGathering::Passed ReportGathering::passed() const {
  if (!has_row_) return {};
  return {.still = std::min(replay_.position(), threads_.next_still()),
          .row = std::min(replay_.row(), threads_.next_row())};
}

// Puts older game frames together, but for those that somebody asks for by their number.
void ReportGathering::fold() {
  std::vector<size_t> kept = {0, moments_.peak, moments_.to};
  if (moments_.worst) kept.insert(kept.end(), {*moments_.worst - 1, *moments_.worst});
  const std::vector<ReelMark>& marks = reel_.marks();
  for (size_t mark = marks.size() - std::min(marks.size(), kMostKeptMarks); mark < marks.size(); ++mark) {
    const auto at = std::ranges::lower_bound(rows_.all(), marks[mark].game_frame, {}, &ReportRow::number);
    if (at != rows_.all().end()) kept.push_back(static_cast<size_t>(at - rows_.all().begin()));
  }
  std::ranges::sort(kept);
  const size_t before = std::min(row(), rows_.row_of(threads_.next_row()));
  const std::vector<uint32_t> places = rows_.fold(before, kept);
  for (SiteStream& stream : streams_) stream.put_together(places);
  growth_begins_.assign(growth_begins_.size(), {});
  threads_.put_together(places);
  moments_.peak = places[moments_.peak];
  moments_.from = places[moments_.from];
  moments_.to = places[moments_.to];
  if (moments_.worst) moments_.worst = places[*moments_.worst];
}

// The sentences may be about other game frames now that there are more.
bool ReportGathering::look_again_at_moments() {
  const ReportMoments before = moments_;
  moments_ = ReportMoments::of(rows_.all(), is_by_clock(reel_.info()) && !end_);
  while (end_ && moments_.to > 0 && (rows_[moments_.to].number > *end_ || rows_[moments_.to].merged)) --moments_.to;
  moments_.from = std::min(moments_.from, moments_.to);
  if (has_row_ && moments_.to < before.to) return false;
  const size_t next = has_row_ ? row() + 1 : 0;
  // Each of them only moves to a later game frame.
  const bool has_new_peak = moments_.peak != before.peak && moments_.peak >= next;
  const bool has_new_worst = moments_.worst != before.worst;
  for (SiteAtMoments& site : at_moments_) {
    if (has_new_peak) site.at_peak = site.at_to;
    if (has_new_worst) site.worst_allocs = site.worst_temporaries = 0;
  }
  if (has_new_peak) peak_blocks_.clear();
  if (moments_.to != before.to) last_blocks_.reset();
  if (has_row_) look_at_blocks();
  return true;
}

void ReportGathering::take(const SiteChange& change) {
  const size_t row = this->row();
  streams_[change.site].add(row, change);
  SiteAtMoments& site = at_moments_[change.site];
  if (row <= moments_.peak) site.at_peak = change.live_bytes;
  if (row <= moments_.to) site.at_to = change.live_bytes;
  if (moments_.worst != row) return;
  site.worst_allocs = change.allocs;
  site.worst_temporaries = change.temporary_blocks;
}

// Looks at the blocks of the game frame at which the replay stands, before the replay goes on.
void ReportGathering::look_at_blocks() {
  const size_t row = this->row();
  const ReelContents& contents = reel_.source()->contents();
  // When both are the same game frame, section 9 is empty.
  if (row == moments_.peak && row != moments_.to && peak_blocks_.empty()) {
    peak_blocks_ = StillBlocks::columns_of(replay_.blocks(), contents, binning_, false);
  }
  // Otherwise the blocks are still there when they are needed.
  if (row == moments_.to && row + 1 != rows_.size()) {
    last_blocks_ = StillBlocks::columns_of(replay_.blocks(), contents, binning_, true);
  }
}

ReportData ReportGathering::data(const std::string& path, const std::vector<std::string>& options) {
  name_places();
  sum_up_growth();
  ReportData data;
  const ByteWriter sites = site_columns();
  data.sentences = ReportSummary(reel_, rows_.all(), moments_, at_moments_, tree_).sentences();
  const ByteWriter names = name_columns();  // adds texts
  ByteWriter frames, nodes, texts;
  tree_.write_frames(frames);
  tree_.write_nodes(nodes);
  texts_.write(texts);
  ByteWriter body;
  put_section(body, Section::kTexts, texts.bytes());
  put_section(body, Section::kFrames, frames.bytes());
  put_section(body, Section::kNodes, nodes.bytes());
  put_section(body, Section::kSites, sites.bytes());
  put_section(body, Section::kNames, names.bytes());
  put_section(body, Section::kRows, row_columns().bytes());
  put_section(body, Section::kStreams, stream_columns().bytes());
  put_section(body, Section::kLifetimes, lifetime_columns().bytes());
  put_section(body, Section::kPeakBlocks, moments_.peak == moments_.to ? Bytes() : peak_blocks_);
  put_section(body, Section::kLastBlocks,
              last_blocks_ ? *last_blocks_
                           : StillBlocks::columns_of(replay_.blocks(), reel_.source()->contents(), binning_, true));
  put_section(body, Section::kGroups, group_columns().bytes());
  put_section(body, Section::kThreadStreams, threads_.columns());
  data.body = body.bytes();
  data.head = report_head(reel_, path, options, rows_.all(), moments_, data.sentences);
  return data;
}

void ReportGathering::name_places() {
  const ReelTables& tables = reel_.source()->tables();
  for (auto site = static_cast<uint32_t>(places_.size()); site < streams_.size(); ++site) {
    places_.push_back(tree_.add(reel_.source()->traceback(tables.site(site).traceback)));
    at_moments_[site].picked_frame = tree_.frame_of(places_.back().picked);
  }
}

void ReportGathering::sum_up_growth() {
  for (size_t site = 0; site < streams_.size(); ++site) {
    at_moments_[site].at_from = growth_begins_[site].live_bytes_after(moments_.from, streams_[site].finish());
  }
}

ByteWriter ReportGathering::site_columns() const {
  const ReelTables& tables = reel_.source()->tables();
  ByteWriter out;
  out.varint(places_.size());
  for (const CallTree::Place& place : places_) out.varint(place.leaf);
  for (const CallTree::Place& place : places_) out.varint(place.picked);
  for (uint32_t site = 0; site < places_.size(); ++site) out.varint(tables.site(site).domain);
  for (uint32_t site = 0; site < places_.size(); ++site) out.varint(tables.site(site).scope);
  return out;
}

// Domains, tags and threads by number, and a label for each frame.
ByteWriter ReportGathering::name_columns() {
  const ReelTables& tables = reel_.source()->tables();
  uint32_t domains = 1;
  uint32_t tags = 1;
  for (uint32_t site = 0; site < streams_.size(); ++site) {
    domains = std::max(domains, tables.site(site).domain + 1);
    tags = std::max(tags, tables.site(site).scope + 1);
  }
  const auto threads = static_cast<uint32_t>(tables.names(NameKind::kThread).count());
  ByteWriter out;
  out.varint(domains);
  for (uint32_t i = 0; i < domains; ++i) out.varint(texts_.number_of(reel_.source()->domain_name(i)));
  out.varint(tags);
  for (uint32_t i = 0; i < tags; ++i) out.varint(texts_.number_of(tag_label(reel_.source()->tag_name(i))));
  out.varint(threads);
  for (uint32_t i = 0; i < threads; ++i) out.varint(texts_.number_of(reel_.source()->thread_name(i)));
  return out;
}

ByteWriter ReportGathering::row_columns() const {
  const std::vector<ReportRow>& rows = rows_.all();
  ByteWriter out;
  out.varint(rows.size());
  const auto differences = [&](auto field) {
    uint64_t before = 0;
    for (const GameFrameRow& row : rows) {
      out.difference(row.*field, before);
      before = row.*field;
    }
  };
  differences(&GameFrameRow::number);
  differences(&GameFrameRow::time_ns);
  differences(&GameFrameRow::allocs);
  differences(&GameFrameRow::frees);
  differences(&GameFrameRow::reallocs);
  differences(&GameFrameRow::alloc_bytes);
  differences(&GameFrameRow::freed_bytes);
  differences(&GameFrameRow::live_blocks);
  differences(&GameFrameRow::live_bytes);
  for (const ReportRow& row : rows) out.varint((row.merged ? 1 : 0) + (row.partial ? 2 : 0));
  for (const ReportRow& row : rows) out.varint(row.game_frames - 1);
  for (const auto most : {&ReportRow::most_allocs, &ReportRow::most_alloc_bytes}) {
    for (const ReportRow& row : rows) {
      if (row.game_frames > 1) out.varint(row.*most);
    }
  }
  return out;
}

ByteWriter ReportGathering::stream_columns() {
  StreamColumns columns;
  for (SiteStream& stream : streams_) columns.add(stream.finish());
  ByteWriter out;
  columns.write(out);
  return out;
}

ByteWriter ReportGathering::lifetime_columns() const {
  SiteLifetimes lifetimes = lifetimes_;
  const auto& sites = lifetimes.finish();
  ByteWriter out;
  out.varint(sites.size());
  for (size_t i = 0; i < engine::SiteAggregate::kLifetimes; ++i) {
    for (const auto& site : sites) out.varint(site[i]);
  }
  return out;
}

// What size classes and threads did over the whole recording. Some reels do not say it, and none does before it is
// finished.
ByteWriter ReportGathering::group_columns() const {
  ByteWriter out;
  for (const KeyType key : {KeyType::size_class, KeyType::thread}) {
    std::vector<GroupHistory> groups;
    if (!reel_.info().being_written && threads_.knows_the_end()) {
      const std::vector<engine::GroupSums>& sums = threads_.sums();
      for (engine::GroupId group = 0; group < sums.size(); ++group) {
        visit_group_history(key, group, sums[group], [&](const GroupHistory& each) { groups.push_back(each); });
      }
    }
    out.varint(groups.size());
    for (const GroupHistory& group : groups) {
      for (const uint64_t figure :
           {uint64_t{group.item}, group.allocs, group.alloc_bytes, group.frees, group.freed_bytes}) {
        out.varint(figure);
      }
    }
  }
  return out;
}

}  // namespace heapreel::tools
