#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <heapreel/engine.h>

#include "tools/example_game/game.h"

// For testers, who have no `heapreel run`. Where heapreel is not linked into the game there is no reel.
static bool record_itself(const char* file) {
  if (heapreel_start_reel == nullptr) return false;
  heapreel_start_options options = {};
  options.size = sizeof options;
  heapreel_reel_options reel = {};
  reel.size = sizeof reel;
  reel.path = file;
  reel.every_game_frame = 1;
  return heapreel_start_reel(&options, &reel) == HEAPREEL_OK;
}

int main(int argc, char** argv) {
  GameOptions options;
  for (int i = 1; i < argc; ++i) {
    auto number = [&] { return i + 1 < argc ? std::atoi(argv[++i]) : 0; };
    if (!std::strcmp(argv[i], "--frames"))
      options.frames = number();
    else if (!std::strcmp(argv[i], "--churn"))
      options.churn = number();
    else if (!std::strcmp(argv[i], "--fps"))
      options.fps = number();
    else if (!std::strcmp(argv[i], "--load-ms"))
      options.load_ms = number();
    else if (!std::strcmp(argv[i], "--reel"))
      options.reel = i + 1 < argc ? argv[++i] : nullptr;
    else if (!std::strcmp(argv[i], "--clean"))
      options.defects = false;
    else
      return std::fprintf(stderr,
                          "usage: game [--frames N] [--churn N] [--fps N] [--load-ms N] [--clean] [--reel FILE]\n"),
             2;
  }
  if (options.reel != nullptr && !record_itself(options.reel)) return std::fprintf(stderr, "game: no reel\n"), 3;
  std::vector<double> times = run_game(options);
  std::sort(times.begin(), times.end());
  const auto at = [&](double q) { return times[size_t(q * double(times.size() - 1))] / 1e3; };
  std::printf("frames %zu, p50 %.1f us, p99 %.1f us, max %.1f us\n", times.size(), at(0.5), at(0.99), at(1));
  return options.reel != nullptr ? heapreel_exit_status() : 0;
}
