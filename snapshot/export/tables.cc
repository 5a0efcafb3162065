#include "snapshot/export/tables.h"

#include <heapreel/skip_list.h>

#include <algorithm>
#include <deque>
#include <string>

#include "snapshot/export/build_id_text.h"
#include "snapshot/export/stable_hash.h"
#include "snapshot/model/frame_picker.h"
#include "snapshot/model/group_label.h"
#include "snapshot/text/valid_utf8.h"

namespace heapreel {
namespace {

constexpr auto kInteger = ColumnKind::kInteger;
constexpr auto kText = ColumnKind::kText;

enum Table : size_t { kReels, kGameFrames, kMarks, kFrames, kDeltas, kSites, kBlocks };

// One row while it is put together. Its texts live until the row has been handed on.
class Row {
 public:
  explicit Row(uint64_t reel) : reel_(reel) { start(); }

  Row& number(uint64_t number) {
    cells_.emplace_back(number);
    return *this;
  }
  Row& signed_number(int64_t number) {
    cells_.emplace_back(number);
    return *this;
  }
  Row& text(std::string_view text) {
    texts_.push_back(valid_utf8(text));
    cells_.emplace_back(std::string_view(texts_.back()));
    return *this;
  }
  ExportRow cells() const { return cells_; }
  void start() {
    cells_.clear();
    texts_.clear();
    cells_.emplace_back(reel_);
  }

 private:
  const uint64_t reel_;
  std::vector<ExportCell> cells_;
  std::deque<std::string> texts_;
};

std::string ending_text(const ReelInfo& info) {
  if (!info.complete) return "unknown";
  switch (info.end.ending) {
    case ReelEnding::kExited:
      return "exit " + std::to_string(info.end.status);
    case ReelEnding::kSignalled:
      return "signal " + std::to_string(info.end.status);
    case ReelEnding::kDetached:
      return "went on";
    case ReelEnding::kExecuted:
      return "executed another program";
    case ReelEnding::kUnknown:
      break;
  }
  return "unknown";
}

// The program itself is the first module in the table.
std::string build_of(const ReelTables& tables) {
  return tables.modules().count() == 0 ? "" : build_id_text(tables.modules().at(0).image.build_id);
}

class TablesWriter {
 public:
  TablesWriter(const ExportSource& source, const std::function<bool(const ExportTable&)>& wants,
               const std::function<void(const ExportTable&, ExportRow)>& row)
      : source_(source), wants_(wants), put_(row), row_(reel_number(source.info().header)) {}

  void write() {
    if (wants(kReels)) write_reel();
    if (wants(kGameFrames)) write_game_frames();
    if (wants(kMarks)) write_marks();
    if (wants(kFrames)) write_frames();
    if (wants(kDeltas) || wants(kSites) || wants(kBlocks)) write_replayed();
  }

 private:
  bool wants(Table table) const { return wants_(export_tables()[table]); }
  void put(Table table) {
    put_(export_tables()[table], row_.cells());
    row_.start();
  }

  void write_reel() {
    const ReelInfo& info = source_.info();
    const ReelHeader& header = info.header;
    std::string command;
    for (const std::string& word : header.command_line) command += (command.empty() ? "" : " ") + word;
    row_.text(source_.request().file).text(header.program).text(command).text(build_of(source_.tables()));
    row_.number(header.process_id).number(header.started_wall_ns).text(header.allocator);
    row_.number(header.traceback_limit).text(header.writer).text(ending_text(info));
    row_.number(info.totals.balanced() && info.complete && info.end.unrecorded == 0 && info.end.tracing_ended == 0);
    row_.number(source_.request().game_frame);
    row_.number(info.totals.allocs).number(info.totals.frees).number(info.totals.reallocs);
    row_.number(info.totals.alloc_bytes).number(info.totals.live_blocks).number(info.totals.live_bytes);
    row_.number(info.totals.peak_bytes).number(info.totals.peak_game_frame);
    put(kReels);
  }

  void write_game_frames() {
    uint64_t before = 0;
    for (const GameFrameRow& row : source_.reel().game_frames()) {
      if (row.number > source_.request().game_frame) break;
      const uint64_t now = source_.since_start(row.time_ns);
      row_.number(row.number).number(now).number(now - std::min(before, now));
      row_.number(row.allocs).number(row.alloc_bytes).number(row.frees).number(row.freed_bytes).number(row.reallocs);
      row_.number(row.live_blocks).number(row.live_bytes).number(row.peak_bytes);
      row_.number(row.merged).number(row.partial);
      put(kGameFrames);
      before = now;
    }
  }

  void write_marks() {
    uint64_t number = 0;
    for (const ReelMark& mark : source_.reel().marks()) {
      if (mark.game_frame > source_.request().game_frame) break;
      row_.number(number++).text(mark.name).number(mark.game_frame).number(source_.since_start(mark.sums.time_ns));
      row_.number(mark.sums.totals.live_blocks).number(mark.sums.totals.live_bytes);
      put(kMarks);
    }
  }

  void write_frames() {
    std::vector<bool> used(source_.tables().traceback_count());
    for (uint32_t site = 0; site < source_.tables().site_count(); ++site)
      used[source_.tables().site(site).traceback] = true;
    for (uint32_t traceback = 0; traceback < used.size(); ++traceback) {
      if (!used[traceback]) continue;
      const Traceback& stack = source_.source().traceback(traceback);
      uint64_t depth = 0;
      for (auto frame = stack.rbegin(); frame != stack.rend(); ++frame, ++depth) {
        row_.number(traceback).number(depth).text(function_label(*frame)).text(frame->filename());
        row_.number(frame->lineno()).text(module_label(*frame)).number(frame->address());
        put(kFrames);
      }
    }
  }

  struct SiteTotals {
    uint64_t allocs = 0, alloc_bytes = 0, frees = 0, freed_bytes = 0, reallocs = 0;
    uint64_t temporary_blocks = 0, temporary_bytes = 0;
    uint64_t live_blocks = 0, live_bytes = 0;
  };

  void write_replayed() {
    std::vector<SiteTotals> totals(wants(kSites) ? source_.tables().site_count() : 0);
    const bool wants_deltas = wants(kDeltas);
    source_.replay(
        nullptr,
        [&](const ReelReplay& replay) {
          for (const SiteChange& change : replay.changes()) {
            if (wants_deltas) write_delta(replay.game_frame().number, change);
            if (!totals.empty()) add(totals[change.site], change);
          }
        },
        [&](const ReelReplay& replay) {
          for (uint32_t site = 0; site < totals.size(); ++site) write_site(site, totals[site]);
          if (wants(kBlocks)) write_blocks(replay.blocks());
        });
  }

  void write_delta(uint32_t game_frame, const SiteChange& change) {
    row_.number(game_frame).number(change.site);
    row_.number(change.allocs).number(change.alloc_bytes).number(change.frees).number(change.freed_bytes);
    row_.number(change.reallocs).number(change.temporary_blocks).number(change.temporary_bytes);
    row_.number(change.forgotten_blocks).number(change.forgotten_bytes);
    row_.signed_number(change.block_growth()).signed_number(change.byte_growth());
    row_.number(change.live_blocks).number(change.live_bytes);
    put(kDeltas);
  }

  static void add(SiteTotals& totals, const SiteChange& change) {
    totals.allocs += change.allocs;
    totals.alloc_bytes += change.alloc_bytes;
    totals.frees += change.frees;
    totals.freed_bytes += change.freed_bytes;
    totals.reallocs += change.reallocs;
    totals.temporary_blocks += change.temporary_blocks;
    totals.temporary_bytes += change.temporary_bytes;
    totals.live_blocks = change.live_blocks;
    totals.live_bytes = change.live_bytes;
  }

  void write_site(uint32_t site, const SiteTotals& totals) {
    const Traceback& stack = source_.traceback_of(site);
    const Frame& frame = picker_.pick(stack);
    const std::string domain = source_.domain_of(site);
    const std::string tag = source_.tag_of(site);
    StableHash key;
    key.add(domain).add(tag);
    for (const Frame& caller : stack) key.add(function_label(caller));
    row_.number(site).text(domain).text(tag).text(function_label(frame)).text(frame.filename()).number(frame.lineno());
    row_.text(module_label(frame)).number(source_.tables().site(site).traceback).number(key.value());
    row_.number(totals.allocs).number(totals.alloc_bytes).number(totals.frees).number(totals.freed_bytes);
    row_.number(totals.reallocs).number(totals.temporary_blocks).number(totals.temporary_bytes);
    row_.number(totals.live_blocks).number(totals.live_bytes);
    put(kSites);
  }

  void write_blocks(const RecordedBlocks& blocks) {
    blocks.for_each([&](engine::BlockId, const BlockRow& block) {
      const RecordedName* thread = source_.tables().names(NameKind::kThread).find(block.thread);
      row_.number(block.address).number(block.size).number(block.site);
      row_.number(source_.source().contents().own_number(block.born));
      row_.text(thread == nullptr ? "" : thread->text).number(thread == nullptr ? 0 : thread->number);
      put(kBlocks);
    });
  }

  const ExportSource& source_;
  const std::function<bool(const ExportTable&)>& wants_;
  const std::function<void(const ExportTable&, ExportRow)>& put_;
  Row row_;
  FramePicker picker_{SkipList::for_native_code()};
};

}  // namespace

std::span<const ExportTable> export_tables() {
  static const std::vector<ExportTable> tables = {
      {"reels",
       {{"reel", kInteger},
        {"file", kText},
        {"program", kText},
        {"command_line", kText},
        {"build", kText},
        {"process_id", kInteger},
        {"started_ns", kInteger},
        {"allocator", kText},
        {"traceback_limit", kInteger},
        {"writer", kText},
        {"ended", kText},
        {"complete", kInteger},
        {"up_to_game_frame", kInteger},
        {"allocs", kInteger},
        {"frees", kInteger},
        {"reallocs", kInteger},
        {"alloc_bytes", kInteger},
        {"live_blocks", kInteger},
        {"live_bytes", kInteger},
        {"peak_bytes", kInteger},
        {"peak_game_frame", kInteger}}},
      {"game_frames",
       {{"reel", kInteger},
        {"game_frame", kInteger},
        {"time_ns", kInteger},
        {"duration_ns", kInteger},
        {"allocs", kInteger},
        {"alloc_bytes", kInteger},
        {"frees", kInteger},
        {"freed_bytes", kInteger},
        {"reallocs", kInteger},
        {"live_blocks", kInteger},
        {"live_bytes", kInteger},
        {"peak_bytes", kInteger},
        {"merged", kInteger},
        {"partial", kInteger}}},
      {"marks",
       {{"reel", kInteger},
        {"mark", kInteger},
        {"name", kText},
        {"game_frame", kInteger},
        {"time_ns", kInteger},
        {"live_blocks", kInteger},
        {"live_bytes", kInteger}}},
      {"frames",
       {{"reel", kInteger},
        {"traceback", kInteger},
        {"depth", kInteger},
        {"function", kText},
        {"file", kText},
        {"line", kInteger},
        {"module", kText},
        {"address", kInteger}}},
      {"deltas",
       {{"reel", kInteger},
        {"game_frame", kInteger},
        {"site", kInteger},
        {"allocs", kInteger},
        {"alloc_bytes", kInteger},
        {"frees", kInteger},
        {"freed_bytes", kInteger},
        {"reallocs", kInteger},
        {"temporary_blocks", kInteger},
        {"temporary_bytes", kInteger},
        {"forgotten_blocks", kInteger},
        {"forgotten_bytes", kInteger},
        {"block_growth", kInteger},
        {"byte_growth", kInteger},
        {"live_blocks", kInteger},
        {"live_bytes", kInteger}}},
      {"sites",
       {{"reel", kInteger},
        {"site", kInteger},
        {"domain", kText},
        {"tag", kText},
        {"function", kText},
        {"file", kText},
        {"line", kInteger},
        {"module", kText},
        {"traceback", kInteger},
        {"stack_key", kInteger},
        {"allocs", kInteger},
        {"alloc_bytes", kInteger},
        {"frees", kInteger},
        {"freed_bytes", kInteger},
        {"reallocs", kInteger},
        {"temporary_blocks", kInteger},
        {"temporary_bytes", kInteger},
        {"live_blocks", kInteger},
        {"live_bytes", kInteger}}},
      {"blocks",
       {{"reel", kInteger},
        {"address", kInteger},
        {"size", kInteger},
        {"site", kInteger},
        {"born", kInteger},
        {"thread", kText},
        {"thread_id", kInteger}}},
  };
  return tables;
}

const ExportTable* find_export_table(std::string_view name) {
  const auto tables = export_tables();
  const auto found = std::ranges::find(tables, name, &ExportTable::name);
  return found == tables.end() ? nullptr : &*found;
}

uint64_t reel_number(const ReelHeader& header) {
  return StableHash()
      .add(header.program)
      .add(header.process_id)
      .add(header.started_wall_ns)
      .add(header.started_monotonic_ns)
      .value();
}

void write_tables(const ExportSource& source, const std::function<bool(const ExportTable&)>& wants,
                  const std::function<void(const ExportTable&, ExportRow)>& row) {
  TablesWriter(source, wants, row).write();
}

}  // namespace heapreel
