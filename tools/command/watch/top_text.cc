#include "tools/command/watch/top_text.h"

#include <algorithm>
#include <cstdlib>

#include "tools/command/console/colour.h"
#include "tools/command/console/format.h"
#include "tools/command/console/safe_text.h"
#include "tools/command/console/table_text.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/text/ending.h"
#include "tools/command/text/record_gaps.h"
#include "tools/command/text/site_text.h"
#include "tools/command/text/size_text.h"
#include "tools/command/watch/top_window.h"

namespace heapreel::tools {
namespace {

constexpr size_t kBars = TopWindow::kMostBars;
constexpr std::string_view kBeforeBars = "   ";

// `text`, and the last values of a figure as bars, of which the highest is full, as many as there is room for.
std::string with_bars(const std::string& text, size_t columns, const std::vector<GameFrameRow>& rows, size_t to,
                      uint64_t GameFrameRow::*figure) {
  static constexpr const char* kSteps[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const size_t used = text.size() + kBeforeBars.size();  // the text is ASCII
  const size_t room = columns == 0 ? kBars : std::min(kBars, columns - std::min(columns, used));
  if (room == 0) return text;
  const size_t from = to + 1 > room ? to + 1 - room : 0;
  uint64_t most = 1;
  for (size_t row = from; row <= to; ++row) most = std::max(most, rows[row].*figure);
  std::string line = format_exact("{}{}", text, kBeforeBars);
  for (size_t row = from; row <= to; ++row) {
    line += kSteps[static_cast<size_t>(static_cast<double>(rows[row].*figure) / static_cast<double>(most) * 7.0)];
  }
  return line;
}

std::string state_text(const ReelInfo& info) {
  if (info.being_written) return "running";
  return info.complete ? Ending::from(info.end).text() : "broke off";
}

// The seconds that the window took; 0 when it is one game frame, or when the clock stood still.
double seconds_of(const std::vector<GameFrameRow>& rows, const TopFigures& figures) {
  return static_cast<double>(rows[figures.to].time_ns - rows[figures.from].time_ns) / 1e9;
}

std::string rate_text(double amount, double seconds) {
  return seconds <= 0 ? "" : format("   {:.1f} a second", amount / seconds);
}

// How much the heap grows or shrinks in a second.
std::string growth_text(const std::vector<GameFrameRow>& rows, const TopFigures& figures, double seconds) {
  if (seconds <= 0) return "";
  const auto growth = static_cast<int64_t>(rows[figures.to].live_bytes - rows[figures.from].live_bytes);
  return format("   {} a second", format_size(static_cast<double>(growth) / seconds, true));
}

// "/usr/games/castle --level 3": the folder says little in a line of 80.
std::string command_text(const std::string& path, const ReelInfo& info) {
  std::string command;
  for (const std::string& word : info.header.command_line) {
    const size_t name = command.empty() ? word.rfind('/') + 1 : 0;
    command += format("{}{}", command.empty() ? "" : " ", word.substr(name));
  }
  return command.empty() ? path : command;
}

uint64_t sum(const std::vector<GameFrameRow>& rows, const TopFigures& figures, uint64_t GameFrameRow::*figure) {
  uint64_t total = 0;
  for (size_t row = figures.from + 1; row <= figures.to; ++row) total += rows[row].*figure;
  return total;
}

void sort(std::vector<TopLine>& lines, TopOrder order) {
  std::ranges::stable_sort(lines, [order](const TopLine& a, const TopLine& b) {
    switch (order) {
      case TopOrder::kGrowth:
        if (a.growth != b.growth) return a.growth > b.growth;
        break;
      case TopOrder::kAllocs:
        if (a.allocs != b.allocs) return a.allocs > b.allocs;
        break;
      case TopOrder::kLive:
        break;
    }
    return a.live_bytes > b.live_bytes;
  });
}

std::string shown_number(const Reel& reel, uint32_t game_frame) {
  return reel.program_numbers().any() ? game_frame_name(reel, game_frame) : grouped(game_frame);
}

std::vector<std::string> head_lines(const std::string& path, const Reel& reel, const TopFigures& figures,
                                    size_t columns) {
  const ReelInfo& info = reel.info();
  const std::vector<GameFrameRow>& rows = reel.game_frames();
  const GameFrameRow& last = rows[figures.to];
  const bool colours = wants_colours();
  const double seconds = seconds_of(rows, figures);
  std::vector<std::string> lines;
  lines.push_back(format("game frame {}{}   {}   pid {}   {}", shown_number(reel, last.number),
                         rate_text(static_cast<double>(figures.game_frames()), seconds), state_text(info),
                         info.header.process_id, command_text(path, info)));
  const std::string live =
      format("live      {:>9} in {:>14}{}   peak {}", size_text(last.live_bytes), counted(last.live_blocks, "block"),
             growth_text(rows, figures, seconds), size_text(std::max(last.peak_bytes, last.live_bytes)));
  lines.push_back(with_bars(live, columns, rows, figures.to, &GameFrameRow::live_bytes));
  const uint64_t game_frames = std::max<uint64_t>(figures.game_frames(), 1);
  const uint64_t allocs = sum(rows, figures, &GameFrameRow::allocs);
  const uint64_t bytes = sum(rows, figures, &GameFrameRow::alloc_bytes);
  const std::string allocated =
      format("allocated {:>9} in {:>14}   a game frame, mean of {}", size_text(bytes / game_frames),
             counted(allocs / game_frames, "alloc"), grouped(figures.game_frames()));
  lines.push_back(with_bars(allocated, columns, rows, figures.to, &GameFrameRow::allocs));
  for (const std::string& budget : figures.budgets)
    lines.push_back(coloured("over budget", Colour::kRed, colours) + format("  {}", budget));
  for (const std::string& gap : gaps(info)) {
    if (!info.being_written) lines.push_back(coloured("incomplete", Colour::kYellow, colours) + format("  {}", gap));
  }
  if (info.merged_game_frames != 0) {
    lines.push_back(format("merged    {} have sums only, because the recording could not keep up",
                           counted(info.merged_game_frames, "game frame")));
  }
  return lines;
}

}  // namespace

std::vector<std::string> top_text(const std::string& path, const Reel& reel, const TopFigures& figures,
                                  const TopView& view) {
  std::vector<std::string> lines = head_lines(path, reel, figures, view.columns);
  const size_t reserved = view.interactive ? 2 : 0;
  const size_t most_head = view.lines / 2;
  if (lines.size() > most_head) lines.resize(most_head);
  lines.emplace_back();
  TableText table({{"growth"}, {"live"}, {"allocs/frame"}, {"own frame"}, {"line", TableText::Align::kLeft}});
  std::vector<TopLine> sites = figures.lines;
  sort(sites, view.order);
  const double game_frames = static_cast<double>(std::max<uint64_t>(figures.game_frames(), 1));
  const size_t room = view.lines > lines.size() + 1 + reserved ? view.lines - lines.size() - 1 - reserved : 0;
  for (size_t i = 0; i < std::min(room, sites.size()); ++i) {
    const TopLine& line = sites[i];
    table.add({format_size(static_cast<double>(line.growth), true), size_text(line.live_bytes),
               format("{:.1f}", static_cast<double>(line.allocs) / game_frames),
               share_text(static_cast<int64_t>(line.short_lived), static_cast<int64_t>(line.allocs)),
               site_lines(Traceback({line.frame}), 1)[0]});
    if (line.growth != 0) table.colour(0, line.growth > 0 ? Colour::kRed : Colour::kGreen);
  }
  const std::string text = table.text(view.columns);
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (view.interactive) {
    lines.emplace_back();
    lines.push_back(format("q quit   p {}   by: g growth   l live   a allocs", view.paused ? "go on" : "pause"));
  }
  if (view.columns != 0) {
    for (std::string& line : lines) line = cut_to_columns(line, view.columns);
  }
  return lines;
}

}  // namespace heapreel::tools
