// DHAT's format, version 2, as valgrind's dh_view.html reads it. Its unit of time is free: here it is the game frame.
#include <map>
#include <string>
#include <vector>

#include "snapshot/export/export_output.h"
#include "snapshot/export/export_source.h"
#include "snapshot/text/json_text.h"

namespace heapreel {
namespace {

// "program point": what all sites of one stack did. DHAT knows neither domains nor tags.
struct Point {
  uint64_t total_bytes = 0, total_blocks = 0, lifetimes = 0;
  uint64_t live_bytes = 0, live_blocks = 0;
  uint64_t most_bytes = 0, most_blocks = 0;  // most_blocks: at the moment of most_bytes
  uint64_t peak_bytes = 0, peak_blocks = 0;  // of the stack, when the whole heap was largest
};

class DhatWriter : private BlockListener {
 public:
  DhatWriter(const ExportSource& source, ExportOutput& output) : source_(source), output_(output) {}

  void write() {
    sort_sites_into_points();
    const uint32_t peak = peak_game_frame();
    source_.replay(this, [&](const ReelReplay& replay) { take(replay, peak); });
    // Blocks that are still alive have lived until now.
    for (const auto& [point, births] : births_) {
      points_[point].lifetimes += points_[point].live_blocks * game_frame_ - births;
    }
    write_file(peak);
  }

 private:
  void sort_sites_into_points() {
    std::map<std::vector<size_t>, uint32_t> known;
    const ReelTables& tables = source_.tables();
    point_of_.resize(tables.site_count());
    for (uint32_t site = 0; site < tables.site_count(); ++site) {
      std::vector<size_t> stack;
      const Traceback& traceback = source_.traceback_of(site);
      for (auto frame = traceback.rbegin(); frame != traceback.rend(); ++frame) stack.push_back(frame_number(*frame));
      const auto [found, is_new] = known.try_emplace(stack, static_cast<uint32_t>(stacks_.size()));
      if (is_new) stacks_.push_back(std::move(stack));
      point_of_[site] = found->second;
    }
    points_.resize(stacks_.size());
  }

  uint32_t peak_game_frame() const {
    const GameFrameRow* peak = nullptr;
    for (const GameFrameRow& row : source_.reel().game_frames()) {
      if (row.number > source_.request().game_frame) break;
      if (!row.merged && (peak == nullptr || row.live_bytes > peak->live_bytes)) peak = &row;
    }
    return peak == nullptr ? 0 : peak->number;
  }

  void take(const ReelReplay& replay, uint64_t peak) {
    game_frame_ = replay.game_frame().number;
    for (const auto& [point, deaths] : deaths_) points_[point].lifetimes += deaths * game_frame_;
    deaths_.clear();
    for (const SiteChange& change : replay.changes()) {
      Point& point = points_[point_of_[change.site]];
      point.total_bytes += change.alloc_bytes;
      point.total_blocks += change.allocs;
      point.live_bytes += static_cast<uint64_t>(change.byte_growth());
      point.live_blocks += static_cast<uint64_t>(change.block_growth());
    }
    for (const SiteChange& change :
         replay.changes()) {  // a stack may have several sites, which are all added up by now
      Point& point = points_[point_of_[change.site]];
      if (point.live_bytes <= point.most_bytes) continue;
      point.most_bytes = point.live_bytes;
      point.most_blocks = point.live_blocks;
    }
    if (game_frame_ != peak) return;
    for (Point& point : points_) {
      point.peak_bytes = point.live_bytes;
      point.peak_blocks = point.live_blocks;
    }
  }

  // Only sums of births are kept, so that live blocks need no list.
  void born(const BlockRow& block) override { births_[point_of_[block.site]] += block.born; }
  void died(const BlockRow& block) override {
    const uint32_t point = point_of_[block.site];
    births_[point] -= block.born;
    points_[point].lifetimes -= block.born;
    ++deaths_[point];
  }
  void forgotten(const BlockRow& block) override { died(block); }

  size_t frame_number(const Frame& frame) {
    std::string text = frame.function().empty() ? "???" : frame.function();
    text += frame.lineno() != 0 ? " (" + frame.to_string() + ")" : " (in " + frame.to_string() + ")";
    const auto [found, is_new] = frame_numbers_.try_emplace(std::move(text), frame_numbers_.size() + 1);
    if (is_new) frame_texts_.push_back(&found->first);
    return found->second;
  }

  void write_file(uint32_t peak) {
    const ReelHeader& header = source_.info().header;
    std::string command;
    for (const std::string& word : header.command_line) command += (command.empty() ? "" : " ") + word;
    std::string head =
        R"({"dhatFileVersion":2,"mode":"heap","verb":"Allocated","bklt":true,"bkacc":false,"bu":"byte","bsu":"bytes",)"
        R"("bksu":"blocks","tu":"game frames","Mtu":"million game frames","tuth":1,"cmd":)";
    append_json_text(head, command.empty() ? header.program : command);
    head += ",\"pid\":" + std::to_string(header.process_id) + ",\"te\":" + std::to_string(game_frame_) +
            ",\"tg\":" + std::to_string(peak) + ",\"pps\":[";
    output_.write(head);
    bool is_first = true;
    for (size_t i = 0; i < points_.size(); ++i) {
      if (points_[i].total_blocks == 0) continue;
      output_.write((is_first ? "" : ",\n") + point_text(points_[i], stacks_[i]));
      is_first = false;
    }
    output_.write("],\"ftbl\":[\"[root]\"");
    for (const std::string* text : frame_texts_) {
      std::string entry = ",";
      append_json_text(entry, *text);
      output_.write(entry);
    }
    output_.write("]}\n");
  }

  static std::string point_text(const Point& point, const std::vector<size_t>& stack) {
    const std::pair<const char*, uint64_t> figures[] = {
        {"tb", point.total_bytes},  {"tbk", point.total_blocks}, {"tl", point.lifetimes},
        {"mb", point.most_bytes},   {"mbk", point.most_blocks},  {"gb", point.peak_bytes},
        {"gbk", point.peak_blocks}, {"eb", point.live_bytes},    {"ebk", point.live_blocks}};
    std::string text = "{";
    for (const auto& [name, figure] : figures) text += std::string("\"") + name + "\":" + std::to_string(figure) + ",";
    text += "\"fs\":[";
    for (const size_t frame : stack) text += (text.ends_with('[') ? "" : ",") + std::to_string(frame);
    return text + "]}";
  }

  const ExportSource& source_;
  ExportOutput& output_;
  std::vector<uint32_t> point_of_;           // by site
  std::vector<std::vector<size_t>> stacks_;  // by point; numbers of frames, most recent first
  std::vector<Point> points_;
  std::map<uint32_t, uint64_t> births_;  // by point: sum of the game frames in which its live blocks were born
  std::map<std::string, size_t> frame_numbers_;
  std::vector<const std::string*> frame_texts_;
  std::map<uint32_t, uint64_t> deaths_;  // by point: how many in this game frame
  uint64_t game_frame_ = 0;              // the last one that was taken
};

}  // namespace

void write_dhat(const ExportSource& source, ExportOutput& output) {
  DhatWriter(source, output).write();
}

}  // namespace heapreel
