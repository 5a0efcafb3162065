// A progress bar on the terminal while symbols or a reel are read and that takes long.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

namespace heapreel::tools {

class SymbolProgress {
 public:
  // `what` says what is being done: "reading symbols".
  explicit SymbolProgress(std::string what = "reading symbols") : what_(std::move(what)) {}

  // Shows that `done` of the `total` addresses of this module are done. Nothing is written in the first half second,
  // and afterwards at most ten times a second. The line is cleared with the module's last address.
  void show(size_t done, size_t total);

 private:
  using Clock = std::chrono::steady_clock;

  const std::string what_;
  const Clock::time_point started_ = Clock::now();
  Clock::time_point shown_{};
  size_t width_ = 0;  // of the text in the line
};

// A bar for reading through a reel; empty when stderr is no terminal.
std::function<void(size_t done, size_t total)> progress_of_replay();

// "reading symbols [########............]  40 %  1,200 of 3,000". Plain characters: the same with NO_COLOR.
std::string progress_bar(const std::string& what, size_t done, size_t total);

}  // namespace heapreel::tools
