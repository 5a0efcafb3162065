#include <algorithm>
#include <cerrno>

#include "bench/loops/call_chain.h"
#include "bench/loops/loops.h"
#include "bench/loops/mapped_array.h"
#include "bench/loops/random_sizes.h"

namespace heapreel::bench::loops {
namespace {

constexpr int kSites = 40;
constexpr Sites<kSites> kAllocate = call_sites<std::malloc, kSites, 8, 30>();
constexpr uint64_t kLongestLife = 60;   // in game frames
constexpr uint64_t kBuckets = 64;       // more than the longest life
constexpr uint64_t kSoon = 128;         // a block that dies within its game frame outlives at most so many others
constexpr uint64_t kLargeBlocks = 128;  // one in so many has 4 to 64 KiB

void* block_of(uint64_t chosen, size_t size) {
  void* p = kAllocate.at[(chosen >> 16) % kSites](size);
  *static_cast<volatile uint64_t*>(p) = chosen;
  return p;
}

// Blocks made now that die later: one bucket for each game frame to come.
class LaterDeaths {
 public:
  explicit LaterDeaths(uint64_t capacity) : capacity_(capacity), blocks_(capacity * kBuckets) {}

  // False when that game frame's bucket is full.
  bool add(uint64_t game_frame, void* block) {
    const uint64_t bucket = game_frame % kBuckets;
    if (counts_[bucket] == capacity_) return false;
    blocks_[bucket * capacity_ + counts_[bucket]++] = block;
    return true;
  }

  // Returns how many were freed.
  uint64_t free_those_of(uint64_t game_frame) {
    const uint64_t bucket = game_frame % kBuckets;
    for (uint64_t i = 0; i < counts_[bucket]; ++i) std::free(blocks_[bucket * capacity_ + i]);
    return std::exchange(counts_[bucket], 0);
  }

 private:
  const uint64_t capacity_;
  uint64_t counts_[kBuckets] = {};
  MappedArray<void*> blocks_;
};

class Game {
 public:
  explicit Game(const GameOptions& options)
      : blocks_per_game_frame_(options.blocks_per_game_frame),
        level_(options.live),
        later_(options.blocks_per_game_frame * 2) {
    const SizeTable level_sizes(16, 1024);
    for (void*& block : level_) {
      const uint64_t chosen = random_.next();
      block = block_of(chosen, level_sizes.choose(chosen));
    }
  }

  // Returns how many events it was.
  uint64_t game_frame(uint64_t number) {
    uint64_t freed = later_.free_those_of(number);
    for (uint64_t i = 0; i < blocks_per_game_frame_; ++i) {
      const uint64_t chosen = random_.next();
      void* block = block_of(
          chosen, (chosen >> 40) % kLargeBlocks == 0 ? 4096 + (chosen >> 20) % (60 * 1024) : sizes_.choose(chosen));
      if ((chosen >> 50) % 5 == 0 && later_.add(number + 1 + (chosen >> 28) % kLongestLife, block)) continue;
      void*& place = soon_[(chosen >> 33) % kSoon];
      if (place != nullptr) {
        std::free(place);
        ++freed;
      }
      place = block;
    }
    for (void*& place : soon_) {
      freed += place != nullptr;
      std::free(std::exchange(place, nullptr));
    }
    return blocks_per_game_frame_ + freed;
  }

 private:
  const uint64_t blocks_per_game_frame_;
  const SizeTable sizes_{16, 4096};
  Random random_;
  MappedArray<void*> level_;
  LaterDeaths later_;
  void* soon_[kSoon] = {};
};

void sleep_until(double when_ns) {
  const timespec when = {static_cast<time_t>(when_ns / 1e9),
                         static_cast<long>(when_ns - static_cast<double>(static_cast<time_t>(when_ns / 1e9)) * 1e9)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, nullptr) == EINTR) {
  }
}

double percentile(MappedArray<double>& sorted, uint64_t count, uint64_t percent) {
  return sorted[std::min(count - 1, count * percent / 100)];
}

}  // namespace

Measured level_load(uint64_t live) {
  const double cpu = thread_cpu_ns();
  const double wall = wall_ns();
  const Game game({.game_frames = 0, .blocks_per_game_frame = 0, .live = live});
  Measured measured;
  measured.cpu_ns = thread_cpu_ns() - cpu;
  measured.wall_ns = wall_ns() - wall;
  measured.events = live;
  return measured;
}

Measured game(const GameOptions& options) {
  Game game(options);
  MappedArray<double> cpu_ns(options.game_frames);
  Measured measured;
  double next = wall_ns();
  for (uint64_t i = 0; i < options.game_frames; ++i) {
    const double cpu = thread_cpu_ns();
    const double wall = wall_ns();
    measured.events += game.game_frame(i);
    const double end = wall_ns();
    cpu_ns[i] = thread_cpu_ns() - cpu;
    measured.cpu_ns += cpu_ns[i];
    measured.wall_ns += end - wall;
    if (options.period_us == 0) continue;
    next = std::max(next + static_cast<double>(options.period_us) * 1e3, end);
    sleep_until(next);
  }
  if (options.game_frames == 0) return measured;
  std::sort(cpu_ns.begin(), cpu_ns.end());
  measured.game_frame_p50_us = percentile(cpu_ns, options.game_frames, 50) / 1e3;
  measured.game_frame_p99_us = percentile(cpu_ns, options.game_frames, 99) / 1e3;
  return measured;
}

}  // namespace heapreel::bench::loops
