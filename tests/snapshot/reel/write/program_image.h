// The memory that a program shared with its recording, as it was when the program had ended.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

#include "engine/tracer/tracer.h"

namespace heapreel::testing {

namespace platform = engine::platform;

inline constexpr size_t kBytes = engine::kLeastArenaBytes;
inline constexpr int kGameFrames = 12;

inline void live_for_a_while(unsigned seed) {
  std::mt19937 random(seed);
  uintptr_t slots[200] = {};
  uintptr_t next = (uintptr_t{seed} + 1) << 32;
  for (int event = 0; event < 2500; ++event) {
    uintptr_t& slot = slots[random() % 200];
    const std::vector<uintptr_t> pcs = {0x1000 + random() % 20, 0x2000 + random() % 5, seed};
    const engine::GivenStack stack = {.pcs = pcs.data(), .depth = 3, .reached_bottom = true};
    const auto place = [](uintptr_t p) { return reinterpret_cast<const void*>(p); };
    if (slot == 0 || random() % 4 == 0) {
      const uintptr_t before = slot;
      slot = next += 64;
      const size_t size = random() % 50 == 0 ? 3 << 20 : random() % 4096;
      if (before == 0) {
        engine::record_alloc(0, place(slot), size, stack);
      } else {
        engine::record_move(0, place(before), place(slot), size, stack);
      }
    } else {
      engine::record_free(0, place(slot));
      slot = 0;
    }
  }
}

[[noreturn]] inline void be_program(int fd) {
  engine::TracerOptions options;
  options.arena_fd = fd;
  options.frame_every_ms = 0;
  options.ring_budget = 4 << 20;
  if (!engine::start(options)) _exit(1);
  const uint32_t scope = engine::register_scope("Physics");
  engine::declare_budget("Physics", {.allocs_per_game_frame = 10});
  live_for_a_while(1);
  engine::clear_traces();
  engine::SnapshotHandle held[3];
  for (int frame = 0; frame < kGameFrames; ++frame) {
    engine::set_scope(frame % 2 == 0 ? scope : 0);
    live_for_a_while(10 + static_cast<unsigned>(frame));
    std::thread(live_for_a_while, 100 + static_cast<unsigned>(frame)).join();
    engine::game_frame();
    if (frame % 3 == 0) engine::mark("here");
    held[frame % 3] = engine::take_snapshot();
  }
  live_for_a_while(99);
  _exit(0);
}

class Image {
 public:
  // An image of the pages that were touched in the object behind `fd`.
  explicit Image(int fd) {
    for (off_t at = 0; (at = lseek(fd, at, SEEK_DATA)) >= 0;) {
      const off_t end = lseek(fd, at, SEEK_HOLE);
      std::vector<char> bytes(static_cast<size_t>(end - at));
      if (pread(fd, bytes.data(), bytes.size(), at) != static_cast<ssize_t>(bytes.size())) std::abort();
      for (size_t page = 0; page < bytes.size(); page += kPage) pages_.push_back(static_cast<size_t>(at) + page);
      ranges_.emplace_back(at, std::move(bytes));
      at = end;
    }
  }

  // A new object with the same contents.
  int copy() const {
    const int fd = platform::create_shared_memory(kBytes);
    for (const auto& [at, bytes] : ranges_) {
      if (pwrite(fd, bytes.data(), bytes.size(), at) != static_cast<ssize_t>(bytes.size())) std::abort();
    }
    return fd;
  }

  const std::vector<size_t>& pages() const { return pages_; }
  static constexpr size_t kPage = 4096;

 private:
  std::vector<std::pair<off_t, std::vector<char>>> ranges_;
  std::vector<size_t> pages_;
};

inline const Image& image() {
  static const Image taken = [] {
    const int fd = platform::create_shared_memory(kBytes);
    const pid_t program = fork();
    if (program == 0) be_program(fd);
    int status = 0;
    waitpid(program, &status, 0);
    if (status != 0) std::abort();
    Image of_program(fd);
    close(fd);
    return of_program;
  }();
  return taken;
}

}  // namespace heapreel::testing
