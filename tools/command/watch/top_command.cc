// `heapreel top`: the last game frames of a running program, on a terminal.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

#include "snapshot/reel/read/reel_follower.h"
#include "tools/command/console/command_line.h"
#include "tools/command/console/errors.h"
#include "tools/command/console/format.h"
#include "tools/command/read/opened_reel.h"
#include "tools/command/read/skip_options.h"
#include "tools/command/read/symbol_options.h"
#include "tools/command/watch/look_pace.h"
#include "tools/command/watch/screen.h"
#include "tools/command/watch/top_json.h"
#include "tools/command/watch/top_text.h"
#include "tools/command/watch/top_window.h"
#include "tools/command/watch/written_reel.h"

namespace heapreel::tools {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr uint64_t kDefaultWindow = 60;

std::vector<OptionSpec> top_option_table() {
  std::vector<OptionSpec> options = {
      {"--window", "", "N", format("show what happened in the last N game frames (default {})", kDefaultWindow)},
      {"--every", "", "MS",
       format("look again after MS milliseconds (default {}), or later when a look takes long", kDefaultLookEveryMs)},
      {"--once", "", "", "print one look as plain text; without a terminal this is what happens anyway"},
      {"--json", "", "", "print one look as JSON, integers in bytes"},
  };
  for (auto* table : {skip_option_table, symbol_option_table}) {
    for (OptionSpec& option : table()) options.push_back(std::move(option));
  }
  return options;
}

class Top {
 public:
  explicit Top(const Arguments& arguments)
      : path_(written_reel(arguments.operands()[0])),
        window_length_(static_cast<uint32_t>(arguments.number("--window", 1, UINT32_MAX, kDefaultWindow))),
        every_(arguments.number("--every", 10, 3'600'000, kDefaultLookEveryMs)),
        skip_list_(skip_list_from(arguments)),
        symbols_(symbol_options(arguments)) {}

  ExitStatus print_json() {
    look();
    if (follower_->reel().game_frames().empty())
      throw unreadable(format("{}: the reel holds no game frame yet", path_));
    std::fputs(top_json(path_, follower_->reel(), figures_).c_str(), stdout);
    return status();
  }

  ExitStatus print_once() {
    look();
    TopView view;
    view.columns = 0;
    view.lines = 24;
    for (const std::string& line : text(view)) std::fputs(format_exact("{}\n", line).c_str(), stdout);
    return status();
  }

  ExitStatus follow() {
    look();  // errors are printed before the terminal is taken over
    Screen screen;
    for (;;) {
      const auto began = Clock::now();
      if (!view_.paused && !follower_->is_over()) look();
      const auto work = std::chrono::duration_cast<milliseconds>(Clock::now() - began);
      draw(screen);
      const auto until = Clock::now() + std::max(every_, work * kPauseByWork);
      while (Clock::now() < until) {
        const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now());
        if (!take_key(screen.wait(std::max(left, milliseconds(1))))) return kOk;
        draw(screen);
      }
    }
  }

 private:
  // A program that still runs has a reel that is still written: that is nothing that is missing.
  ExitStatus status() const {
    const ReelInfo& info = follower_->reel().info();
    return info.being_written ? kOk : completeness(info);
  }

  void look() {
    try {
      if (!follower_) {
        ReelOptions options;
        options.symbols = symbols_;
        follower_.emplace(path_, std::move(options), TopWindow::kMostStillsAtOnce);
        begin_window();
      } else {
        read_on();
      }
      while (follower_->has_more()) read_on();
      if (!follower_->reel().game_frames().empty()) figures_ = window_->figures();
    } catch (const ReelError& error) {
      throw unreadable(error.what());
    }
  }

  void read_on() {
    if (follower_->update() == ReelFollower::News::kAnew) return begin_window();
    take_in();
  }

  void begin_window() {
    window_.reset();  // it reads what is forgotten now
    while (follower_->has_more()) {
      TopWindow::pass_over(*follower_, window_length_);
      follower_->update();
    }
    window_.emplace(follower_->reel(), window_length_, skip_list_);
    take_in();
  }

  void take_in() {
    window_->take_in();
    window_->forget_in(*follower_);
  }

  std::vector<std::string> text(const TopView& view) const {
    if (follower_->reel().game_frames().empty()) return {"the reel holds no game frame yet"};
    return top_text(path_, follower_->reel(), figures_, view);
  }

  void draw(Screen& screen) {
    const auto [columns, lines] = screen.size();
    view_.columns = columns;
    view_.lines = lines;
    view_.interactive = true;
    screen.draw(text(view_));
  }

  // False when the user wants to end.
  bool take_key(char key) {
    switch (key) {
      case 'q':
        return false;
      case 'p':
        view_.paused = !view_.paused;
        return true;
      case 'g':
        view_.order = TopOrder::kGrowth;
        return true;
      case 'l':
        view_.order = TopOrder::kLive;
        return true;
      case 'a':
        view_.order = TopOrder::kAllocs;
        return true;
      default:
        return true;
    }
  }

  const std::string path_;
  const uint32_t window_length_;
  const milliseconds every_;
  const SkipList skip_list_;
  const SymbolizerOptions symbols_;
  std::optional<ReelFollower> follower_;
  std::optional<TopWindow> window_;
  TopFigures figures_;
  TopView view_;
};

ExitStatus top(const Arguments& arguments) {
  arguments.require_operands(1);
  Top watch(arguments);
  if (arguments.has("--json")) return watch.print_json();
  const bool has_terminal = isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
  return arguments.has("--once") || !has_terminal ? watch.print_once() : watch.follow();
}

}  // namespace

CommandSpec top_command() {
  static constexpr Example examples[] = {
      {"heapreel top game.reel", "follow a reel while it is written; the id of the process does as well"},
      {"heapreel top --once --window 60 game.reel", "one look at the last 60 game frames"},
  };
  return {.name = "top",
          .operands = "PID|FILE",
          .help = "the last game frames of a running program, on a terminal",
          .options = top_option_table,
          .execute = top,
          .examples = examples};
}

}  // namespace heapreel::tools
