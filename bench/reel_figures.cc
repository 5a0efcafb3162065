// What a reel of a game costs: bytes and processor time per game frame and event, time to open and to seek.
//
//     reel_figures FILE [GAME_FRAMES [LIVE_BLOCKS]]    records FILE (600, 1,000,000), then reads it
//     reel_figures --read FILE                         reads a reel that is there
//
// The game makes 5,000 blocks a game frame: four in five die in the same game frame, the others live up to 60 more.
// 300 call stacks, sizes and addresses as malloc has them. Seeks go to random game frames; every block is visited.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "bench/game_reel.h"
#include "snapshot/reel/read/reel.h"

namespace {

using namespace heapreel;

// Processor time of the thread: the machine may be shared.
class Timer {
 public:
  double ms() const { return timer_.seconds() * 1e3; }

 private:
  bench::ThreadTimer timer_;
};

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

void read(const char* path) {
  const Timer opening;
  const Reel reel = Reel::open(path);
  std::printf("open %.1f ms; ", opening.ms());
  std::printf("%zu game frames, %llu live blocks at the end\n", reel.game_frames().size(),
              static_cast<unsigned long long>(reel.at_end()->block_count()));
  std::vector<double> seeks;
  std::mt19937 random(1);
  while (seeks.size() < 200) {
    const GameFrameRow& row = reel.game_frames()[random() % reel.game_frames().size()];
    if (row.merged) continue;
    const Timer seeking;
    const auto still = reel.at(row.number);
    uint64_t bytes = 0;
    still->for_each_block([&](const BlockRow& block) { bytes += block.size; });
    seeks.push_back(seeking.ms());
    if (bytes != row.live_bytes) std::printf("game frame %u is not what it was\n", row.number);
  }
  std::printf("seek p50 %.1f ms, p99 %.1f, max %.1f\n", quantile(seeks, 0.5), quantile(seeks, 0.99),
              quantile(seeks, 1));
  constexpr int kStep = 10;
  for (int from = 0; from < quantile(seeks, 1); from += kStep) {
    const auto count = std::ranges::count_if(seeks, [&](double ms) { return ms >= from && ms < from + kStep; });
    std::printf("%4d to %3d ms %4d %s\n", from, from + kStep, static_cast<int>(count),
                std::string(static_cast<size_t>(count) / 2, '#').c_str());
  }
}

void record(const char* path, const bench::GameReelShape& shape) {
  const bench::GameReelCosts costs = bench::write_game_reel(path, shape);
  double total = 0;
  for (const double ms : costs.times_ms) total += ms;
  std::printf("file %.2f MB, %.0f bytes a game frame\n", static_cast<double>(costs.file_bytes) / 1e6,
              static_cast<double>(costs.file_bytes) / shape.game_frames);
  std::printf("writing: %.0f ns an event; a game frame p50 %.2f ms, p99 %.2f, max %.2f\n",
              total * 1e6 / (2.0 * shape.blocks_per_game_frame * shape.game_frames + shape.live_blocks),
              quantile(costs.times_ms, 0.5), quantile(costs.times_ms, 0.99), quantile(costs.times_ms, 1));
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int index, uint32_t otherwise) {
    return argc > index ? static_cast<uint32_t>(std::strtoul(argv[index], nullptr, 10)) : otherwise;
  };
  if (argc < 2) return 2;
  const bool only_read = std::string_view(argv[1]) == "--read";
  if (only_read && argc < 3) return 2;
  if (!only_read) record(argv[1], {.game_frames = number(2, 600), .live_blocks = number(3, 1'000'000)});
  read(argv[only_read ? 2 : 1]);
  return 0;
}
