// A reel of a game, written by the consolidator's thread as it goes on: blocks that a malloc gave, most of which die in
// the game frame they were made in, the others up to 60 game frames later.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "bench/thread_timer.h"
#include "engine/consolidate/consolidator.h"
#include "engine/tracer/tracer.h"
#include "snapshot/reel/write/reel_writer.h"

namespace heapreel::bench {

struct GameReelShape {
  uint32_t game_frames = 600;
  uint32_t live_blocks = 1'000'000;
  uint32_t blocks_per_game_frame = 5'000;  // four in five die at once
  uint32_t stacks = 300;
};

class ReelGame {
 public:
  explicit ReelGame(const GameReelShape& shape) : shape_(shape) {
    for (uint32_t i = 0; i < shape.live_blocks; ++i) make();
  }

  void game_frame() {
    std::vector<void*> made;
    for (uint32_t i = 0; i < shape_.blocks_per_game_frame; ++i) made.push_back(make());
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
    const uint64_t stack = random_() % shape_.stacks;
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

  GameReelShape shape_;
  std::mt19937_64 random_{1};
  uint64_t now_ = 0;
  std::vector<void*> dying_[kWheel];
};

// Writes at once, in the consolidator's thread, to be timed alone.
class TimedReelWriter : public engine::CutListener {
 public:
  TimedReelWriter(engine::TracerState& tracer, ReelWriter& writer) : tracer_(tracer), writer_(writer) {}

  bool on_game_frame(const engine::FrozenTraces& state) override {
    const ThreadTimer timer;
    if (std::string error = writer_.write_game_frame(has_before_ ? &before_ : nullptr, state); !error.empty()) {
      std::fprintf(stderr, "%s\n", error.c_str());
      std::exit(1);
    }
    times_ms.push_back(timer.seconds() * 1e3);
    if (has_before_) engine::Consolidator::drop(tracer_, before_.generation, before_.store_epoch);
    before_ = state;
    has_before_ = true;
    return true;
  }
  bool on_mark(const char*, const engine::FrozenTraces&) override { return false; }
  void on_generation_end(const engine::FrozenTraces&) override {}

  std::vector<double> times_ms;

 private:
  engine::TracerState& tracer_;
  ReelWriter& writer_;
  engine::FrozenTraces before_;
  bool has_before_ = false;
};

struct GameReelCosts {
  uint64_t file_bytes = 0;
  std::vector<double> times_ms;  // by game frame, processor time of the thread
};

// Ends the program where the reel cannot be written.
inline GameReelCosts write_game_reel(const char* path, const GameReelShape& shape, ReelWriterOptions options = {}) {
  const auto expect = [&](bool holds) {
    if (holds) return;
    std::fprintf(stderr, "%s: cannot be written\n", path);
    std::exit(1);
  };
  engine::TracerOptions tracer_options;
  tracer_options.frame_every_ms = 0;
  expect(engine::start(tracer_options));
  engine::Consolidator& consolidator = *engine::tracer_state()->consolidator;
  options.overwrite = true;
  ReelWriter writer(*engine::tracer_state(), options);
  expect(writer.open(path, {}).empty());
  TimedReelWriter listener(*engine::tracer_state(), writer);
  consolidator.run_round(&listener);

  ReelGame game(shape);
  for (uint32_t i = 0; i < shape.game_frames; ++i) {
    game.game_frame();
    engine::game_frame();
    consolidator.run_round(&listener);
  }
  expect(writer.finish({}).empty());
  return {writer.bytes(), std::move(listener.times_ms)};
}

}  // namespace heapreel::bench
