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

#include "bench/thread_timer.h"
#include "engine/consolidator.h"
#include "engine/tracer.h"
#include "snapshot/reel/reel.h"
#include "snapshot/reel/reel_writer.h"

namespace {

using namespace heapreel;

class Game {
 public:
  static constexpr uint32_t kBlocksPerGameFrame = 5'000;

  explicit Game(uint32_t live_blocks) {
    for (uint32_t i = 0; i < live_blocks; ++i) make();
  }

  void game_frame() {
    std::vector<void*> made;
    for (int i = 0; i < static_cast<int>(kBlocksPerGameFrame); ++i) made.push_back(make());
    for (void* p : made) {
      if (random_() % 5 != 0) {
        release(p);
      } else {
        dying_[(now_ + 1 + random_() % 60) % kWheel].push_back(p);
      }
    }
    ++now_;
    for (void* p : dying_[now_ % kWheel]) release(p);
    dying_[now_ % kWheel].clear();
  }

 private:
  static constexpr size_t kWheel = 64;

  void* make() {
    const uint64_t stack = random_() % 300;
    std::vector<uintptr_t> pcs;
    for (uintptr_t depth = 0; depth < 20; ++depth) pcs.push_back(0x400000 + (stack >> (depth / 3)) * 64 + depth * 4096);
    const size_t size = 16 + stack * 7 % 400 + (stack % 3 == 0 ? random_() % 64 : 0);
    void* p = std::malloc(size);
    engine::record_alloc(0, p, size, engine::GivenStack{pcs.data(), static_cast<uint32_t>(pcs.size()), true});
    return p;
  }
  void release(void* p) {
    engine::record_free(0, p);
    std::free(p);
  }

  std::mt19937_64 random_{1};
  uint64_t now_ = 0;
  std::vector<void*> dying_[kWheel];
};

// Processor time of the thread: the machine may be shared.
class Timer {
 public:
  double ms() const { return timer_.seconds() * 1e3; }

 private:
  bench::ThreadTimer timer_;
};

// Writes at once, in the consolidator's thread, to be timed alone.
class TimedWriter : public engine::CutListener {
 public:
  TimedWriter(engine::TracerState& tracer, ReelWriter& writer) : tracer_(tracer), writer_(writer) {}

  bool on_game_frame(const engine::FrozenTraces& state) override {
    const Timer timer;
    if (std::string error = writer_.write_game_frame(has_before_ ? &before_ : nullptr, state); !error.empty()) {
      std::fprintf(stderr, "%s\n", error.c_str());
      std::exit(1);
    }
    times_ms.push_back(timer.ms());
    if (has_before_) engine::Consolidator::drop(tracer_, before_.generation, before_.store_epoch);
    before_ = state;
    has_before_ = true;
    return true;
  }
  void on_mark(const char*, const engine::FrozenTraces&) override {}
  void on_generation_end(const engine::FrozenTraces&) override {}

  std::vector<double> times_ms;

 private:
  engine::TracerState& tracer_;
  ReelWriter& writer_;
  engine::FrozenTraces before_;
  bool has_before_ = false;
};

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

void read(const char* path) {
  const Timer opening;
  const Reel reel = Reel::open(path);
  std::printf("open %.1f ms; %zu game frames, %llu live blocks at the end\n", opening.ms(), reel.game_frames().size(),
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

int record(const char* path, uint32_t game_frames, uint32_t live_blocks) {
  engine::TracerOptions options;
  options.frame_every_ms = 0;
  if (!engine::start(options)) return 1;
  engine::Consolidator& consolidator = *engine::g_state->consolidator;
  ReelWriter writer(*engine::g_state, {.overwrite = true});
  if (!writer.open(path, {}).empty()) return 1;
  TimedWriter listener(*engine::g_state, writer);
  consolidator.run_round(&listener);

  Game game(live_blocks);
  for (uint32_t i = 0; i < game_frames; ++i) {
    game.game_frame();
    engine::game_frame();
    consolidator.run_round(&listener);
  }
  if (!writer.finish({}).empty()) return 1;

  const auto& times = listener.times_ms;
  double total = 0;
  for (const double ms : times) total += ms;
  std::printf("file %.2f MB, %.0f bytes a game frame\n", static_cast<double>(writer.bytes()) / 1e6,
              static_cast<double>(writer.bytes()) / game_frames);
  std::printf("writing: %.0f ns an event; a game frame p50 %.2f ms, p99 %.2f, max %.2f\n",
              total * 1e6 / (2.0 * Game::kBlocksPerGameFrame * game_frames + live_blocks), quantile(times, 0.5),
              quantile(times, 0.99), quantile(times, 1));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int index, uint32_t otherwise) {
    return argc > index ? static_cast<uint32_t>(std::strtoul(argv[index], nullptr, 10)) : otherwise;
  };
  if (argc < 2) return 2;
  const bool only_read = std::string_view(argv[1]) == "--read";
  if (only_read && argc < 3) return 2;
  if (!only_read && record(argv[1], number(2, 600), number(3, 1'000'000)) != 0) return 1;
  read(argv[only_read ? 2 : 1]);
  return 0;
}
