#include "tools/command/console/table_text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

// The number of code points, which is enough for alignment.
size_t width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// The first or last `count` code points.
std::string head(const std::string& text, size_t count) {
  size_t end = 0;
  for (size_t left = count; end < text.size(); ++end) {
    if ((static_cast<unsigned char>(text[end]) & 0xc0) != 0x80 && left-- == 0) break;
  }
  return text.substr(0, end);
}
std::string tail(const std::string& text, size_t count) {
  const size_t all = width(text);
  return all <= count ? text : text.substr(head(text, all - count).size());
}

constexpr std::string_view kDots = "...";

// The position where the last part of a path begins; the path begins at `from`.
size_t folders_end(const std::string& text, size_t from) {
  const size_t slash = text.rfind('/');
  return slash == std::string::npos || slash < from ? from : slash + 1;
}

}  // namespace

std::string share_text(int64_t part, int64_t whole) {
  if (whole <= 0 || part < 0) return "";
  return format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string shortened(const std::string& site, size_t columns) {
  if (width(site) <= columns) return site;
  const size_t gap = site.find("  ");
  const auto path_in = [](const std::string& place, size_t room) {
    return width(place) <= room || room <= kDots.size() ? tail(place, room)
                                                        : std::string(kDots) + tail(place, room - kDots.size());
  };
  if (gap == std::string::npos) {
    // A path tells most at its end, a function at its front.
    if (site.find('/') != std::string::npos && site.find('(') == std::string::npos) {
      const size_t arrow = site.starts_with("<- ") ? 3 : 0;
      return site.substr(0, arrow) + path_in(site.substr(arrow), columns - arrow);
    }
    return columns <= kDots.size() ? head(site, columns) : head(site, columns - kDots.size()) + std::string(kDots);
  }
  const std::string function = site.substr(0, gap);
  // Beside a function the folders say the least.
  const std::string place = site.substr(folders_end(site, gap + 2));
  const size_t for_function = std::max(columns / 2, columns - std::min(columns, width(place) + 2));
  std::string front =
      width(function) <= for_function ? function : head(function, for_function - kDots.size()) + std::string(kDots);
  return front + "  " + path_in(place, columns - width(front) - 2);
}

size_t terminal_columns() {
  winsize size{};
  return isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::string TableText::text(size_t most_columns) const {
  std::vector<std::vector<std::string>> lines;
  lines.emplace_back();
  for (const Column& column : columns_) lines.back().push_back(column.title);
  for (const auto& row : rows_) {
    lines.push_back(row);
    lines.back().resize(columns_.size());
    for (std::string& cell : lines.back()) cell = printable(cell);
  }
  std::vector<size_t> widths(columns_.size(), 0);
  for (const auto& line : lines) {
    for (size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
  }
  if (most_columns != 0 && columns_.back().align == Align::kLeft) {
    constexpr size_t kLeastColumns = 20;
    size_t used = 0;
    for (size_t i = 0; i + 1 < widths.size(); ++i) used += widths[i] + 2;
    const size_t left = most_columns > used + kLeastColumns ? most_columns - used : kLeastColumns;
    for (auto& line : lines) line.back() = shortened(line.back(), left);
    widths.back() = std::min(widths.back(), left);
  }
  const bool colours = wants_colours();
  std::string text;
  for (size_t at = 0; at < lines.size(); ++at) {
    const auto& line = lines[at];
    std::string out;
    for (size_t i = 0; i < line.size(); ++i) {
      const std::string padding(widths[i] - width(line[i]), ' ');
      const auto colour = at == 0 ? colours_.end() : colours_.find({at - 1, i});  // the first line has the titles
      const std::string cell = colour == colours_.end() ? line[i] : coloured(line[i], colour->second, colours);
      if (i != 0) out += "  ";
      out += columns_[i].align == Align::kRight ? padding + cell : cell + padding;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    text += out + "\n";
  }
  return text;
}

}  // namespace heapreel::tools
