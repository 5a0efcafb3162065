#include "tools/command/read/symbol_progress.h"

#include <unistd.h>

#include <cstdio>
#include <memory>

#include "tools/command/console/format.h"

namespace heapreel::tools {
namespace {

constexpr auto kPatience = std::chrono::milliseconds(500);
constexpr auto kInterval = std::chrono::milliseconds(100);
constexpr size_t kBarWidth = 20;

}  // namespace

std::string progress_bar(const std::string& what, size_t done, size_t total) {
  const size_t filled = total == 0 ? kBarWidth : done * kBarWidth / total;
  const size_t percent = total == 0 ? 100 : done * 100 / total;
  return format("{} [{}{}] {:>3} %  {} of {}", what, std::string(filled, '#'), std::string(kBarWidth - filled, '.'),
                percent, grouped(done), grouped(total));
}

std::function<void(size_t done, size_t total)> progress_of_replay() {
  if (isatty(STDERR_FILENO) != 1) return {};
  return [bar = std::make_shared<SymbolProgress>("reading game frames")](size_t done, size_t total) {
    bar->show(done, total);
  };
}

void SymbolProgress::show(size_t done, size_t total) {
  const Clock::time_point now = Clock::now();
  const bool ends = done >= total;
  if (ends ? width_ == 0 : now - started_ < kPatience || now - shown_ < kInterval) return;
  std::string line = ends ? "" : progress_bar(what_, done, total);
  const size_t width = line.size();
  if (width < width_) line.append(width_ - width, ' ');  // to overwrite the older text
  std::fputs(format("\r{}{}", line, ends ? "\r" : "").c_str(), stderr);
  std::fflush(stderr);
  width_ = width;
  shown_ = now;
}

}  // namespace heapreel::tools
