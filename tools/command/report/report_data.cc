#include "tools/command/report/report_data.h"

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>

#include "snapshot/model/group_label.h"
#include "tools/command/console/json_writer.h"
#include "tools/command/read/site_lifetimes.h"
#include "tools/command/read/symbol_report.h"
#include "tools/command/report/call_tree.h"
#include "tools/command/report/report_head.h"
#include "tools/command/report/site_stream.h"
#include "tools/command/report/still_blocks.h"
#include "tools/command/report/stream_columns.h"

namespace heapreel::tools {
namespace {

// What the page's reader knows by the same numbers (tools/report/src/body.ts).
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

bool is_by_clock(const ReelInfo& info) {
  const std::string& by = info.end.costs.game_frames_by;
  return by.empty() || by == "timer";
}

// Gathers a reel, game frame by game frame.
class Gathering {
 public:
  Gathering(const Reel& reel, const SkipList& skip_list)
      : reel_(reel),
        rows_(reel.game_frames()),
        moments_(ReportMoments::of(rows_, is_by_clock(reel.info()))),
        tree_(skip_list, texts_),
        streams_(reel.source()->tables().site_count()),
        at_moments_(streams_.size()),
        binning_(reel.info().header.allocator == "system" ? SizeBinning::power_of_two : SizeBinning::mimalloc_class),
        lifetimes_(streams_.size()) {}

  void run() {
    ReelReplay replay = reel_.replay();
    while (replay.next()) {
      take(replay);
      lifetimes_.take(replay);
    }
  }

  const ReportMoments& moments() const { return moments_; }

  Bytes body(std::vector<ReportSentence>& sentences) {
    ByteWriter sites = site_columns();
    sentences = ReportSummary(rows_, reel_.info().totals, moments_, at_moments_, tree_).sentences();
    ByteWriter names = name_columns();  // adds texts
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
    put_section(body, Section::kPeakBlocks, peak_blocks_);
    put_section(body, Section::kLastBlocks, last_blocks_);
    put_section(body, Section::kGroups, group_columns().bytes());
    put_section(body, Section::kThreadStreams, thread_columns().bytes());
    return body.bytes();
  }

 private:
  void take(const ReelReplay& replay) {
    const size_t row = replay.row();
    const bool is_worst = moments_.worst == row;
    for (const SiteChange& change : replay.changes()) {
      streams_[change.site].add(row, change);
      SiteAtMoments& site = at_moments_[change.site];
      if (row <= moments_.peak) site.at_peak = change.live_bytes;
      if (row <= moments_.from) site.at_from = change.live_bytes;
      if (row <= moments_.to) site.at_to = change.live_bytes;
      if (!is_worst) continue;
      site.worst_allocs = change.allocs;
      site.worst_temporaries = change.temporary_blocks;
    }
    const ReelContents& contents = reel_.source()->contents();
    // Where the two are one, section 9 is empty.
    if (row == moments_.peak && row != moments_.to) {
      peak_blocks_ = StillBlocks::columns_of(replay.blocks(), contents, binning_, false);
    }
    if (row == moments_.to) last_blocks_ = StillBlocks::columns_of(replay.blocks(), contents, binning_, true);
  }

  ByteWriter site_columns() {
    const ReelTables& tables = reel_.source()->tables();
    std::vector<CallTree::Place> places;
    for (uint32_t site = 0; site < streams_.size(); ++site) {
      places.push_back(tree_.add(reel_.source()->traceback(tables.site(site).traceback)));
      at_moments_[site].picked_frame = tree_.frame_of(places.back().picked);
    }
    ByteWriter out;
    out.varint(places.size());
    for (const CallTree::Place& place : places) out.varint(place.leaf);
    for (const CallTree::Place& place : places) out.varint(place.picked);
    for (uint32_t site = 0; site < places.size(); ++site) out.varint(tables.site(site).domain);
    for (uint32_t site = 0; site < places.size(); ++site) out.varint(tables.site(site).scope);
    return out;
  }

  // Domains, tags and threads by number, and a label for each frame.
  ByteWriter name_columns() {
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

  ByteWriter row_columns() const {
    ByteWriter out;
    out.varint(rows_.size());
    const auto differences = [&](auto field) {
      uint64_t before = 0;
      for (const GameFrameRow& row : rows_) {
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
    for (const GameFrameRow& row : rows_) out.varint((row.merged ? 1 : 0) + (row.partial ? 2 : 0));
    return out;
  }

  ByteWriter stream_columns() {
    StreamColumns columns;
    for (SiteStream& stream : streams_) columns.add(stream.finish());
    ByteWriter out;
    columns.write(out);
    return out;
  }

  ByteWriter lifetime_columns() {
    ByteWriter out;
    const auto& sites = lifetimes_.finish();
    out.varint(sites.size());
    for (size_t i = 0; i < engine::SiteAggregate::kLifetimes; ++i) {
      for (const auto& site : sites) out.varint(site[i]);
    }
    return out;
  }

  // What size classes and threads did over the whole recording. Not every reel says.
  ByteWriter group_columns() const {
    ByteWriter out;
    for (const KeyType key : {KeyType::size_class, KeyType::thread}) {
      std::vector<GroupHistory> groups;
      try {
        reel_.at_end()->for_each_group_history(key, [&](const GroupHistory& group) { groups.push_back(group); });
      } catch (const std::invalid_argument&) {
        groups.clear();
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

  // What each thread did, as sites have it in section 7; which of its blocks were temporaries is not known. Several stills
  // may lie in one row.
  ByteWriter thread_columns() const {
    const ReelContents& contents = reel_.source()->contents();
    std::map<uint32_t, std::map<size_t, SiteChange>> threads;
    size_t row = 0;
    size_t last = 0;
    reel_.group_sums().for_each_growth([&](const GroupGrowth& growth) {
      if (engine::is_size_class(growth.group)) return;
      if (growth.still < last) row = 0;  // another group begins
      last = growth.still;
      while (row < rows_.size() && contents.position_of_row(row) < growth.still) ++row;
      if (row == rows_.size()) return;
      SiteChange& change = threads[engine::thread_of(growth.group)][row];
      change.allocs += growth.growth.allocs;
      change.alloc_bytes += growth.growth.alloc_bytes;
      change.frees += growth.growth.frees;
      change.freed_bytes += growth.growth.freed_bytes;
      change.forgotten_blocks += growth.forgotten_blocks;
      change.forgotten_bytes += growth.forgotten_bytes;
    });
    ByteWriter out;
    out.varint(threads.size());
    StreamColumns columns;
    for (const auto& [thread, rows] : threads) {
      SiteStream stream;
      for (const auto& [at, change] : rows) stream.add(at, change);
      out.varint(thread);
      columns.add(stream.finish());
    }
    columns.write(out);
    return out;
  }

  const Reel& reel_;
  const std::vector<GameFrameRow>& rows_;
  const ReportMoments moments_;
  TextTable texts_;
  CallTree tree_;
  std::vector<SiteStream> streams_;        // by site
  std::vector<SiteAtMoments> at_moments_;  // by site
  const SizeBinning binning_;
  SiteLifetimes lifetimes_;
  Bytes peak_blocks_;
  Bytes last_blocks_;
};

}  // namespace

ReportData ReportData::of(const Reel& reel, const std::string& path, const SkipList& skip_list,
                          const std::vector<std::string>& options) {
  Gathering gathering(reel, skip_list);
  gathering.run();
  ReportData data;
  data.body = gathering.body(data.sentences);
  data.head = report_head(reel, path, options, gathering.moments(), data.sentences);
  return data;
}

}  // namespace heapreel::tools
