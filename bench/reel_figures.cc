// What a reel of a game costs: bytes and time per game frame, time to open and to seek.
//
//     reel_figures FILE [GAME_FRAMES]
//
// The game keeps 100,000 blocks and makes 5,000 a game frame: four in five die in the same game frame, the others
// live up to 60 more. 300 call stacks, sizes and addresses as malloc has them.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "engine/consolidator.h"
#include "engine/platform.h"
#include "engine/tracer.h"
#include "snapshot/reel.h"
#include "snapshot/reel_writer.h"

namespace {

using namespace heapreel;

class Game {
 public:
  Game() {
    for (int i = 0; i < 100'000; ++i) make();
  }

  void game_frame() {
    std::vector<void*> made;
    for (int i = 0; i < 5'000; ++i) made.push_back(make());
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

struct Timer {
  uint64_t start = engine::platform::monotonic_ns();
  double ms() const { return static_cast<double>(engine::platform::monotonic_ns() - start) / 1e6; }
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

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const uint32_t game_frames = argc > 2 ? static_cast<uint32_t>(std::atoi(argv[2])) : 600;
  engine::TracerOptions options;
  options.frame_every_ms = 0;
  if (!engine::start(options)) return 1;
  engine::Consolidator& consolidator = *engine::g_state->consolidator;
  ReelWriter writer(*engine::g_state, {.overwrite = true});
  if (!writer.open(argv[1], {}).empty()) return 1;
  TimedWriter listener(*engine::g_state, writer);
  consolidator.run_round(&listener);

  Game game;
  for (uint32_t i = 0; i < game_frames; ++i) {
    game.game_frame();
    engine::game_frame();
    consolidator.run_round(&listener);
  }
  if (!writer.finish({}).empty()) return 1;

  const auto& times = listener.times_ms;
  std::printf("file %.2f MB, %.0f bytes per game frame; writing: p50 %.2f ms, p99 %.2f, max %.2f\n",
              static_cast<double>(writer.bytes()) / 1e6, static_cast<double>(writer.bytes()) / game_frames,
              quantile(times, 0.5), quantile(times, 0.99), quantile(times, 1));

  const Timer opening;
  const Reel reel = Reel::open(argv[1]);
  std::printf("open %.1f ms\n", opening.ms());
  std::vector<double> seeks;
  for (uint32_t number = 0; number < game_frames; number += 1 + game_frames / 50) {
    const Timer seeking;
    reel.at(number);
    seeks.push_back(seeking.ms());
  }
  std::printf("seek p50 %.1f ms, max %.1f; %llu live blocks at the end\n", quantile(seeks, 0.5), quantile(seeks, 1),
              static_cast<unsigned long long>(reel.at_end()->block_count()));
  return 0;
}
