// Calls everything of heapreel's that a game calls, on three threads, for argv[1] milliseconds; then says so and
// ends. What becomes of the recording must not matter to it.
#include <heapreel/heapreel.h>
#include <heapreel/heapreel_c.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

void control_once(unsigned step) {
  switch (step % 16) {
    case 0:
      heapreel::stop();
      break;
    case 1:
      heapreel::start();
      break;
    case 2:
      heapreel::clear_traces();
      break;
    case 3:
      heapreel_mark("here");
      break;
    case 4:
      heapreel::reset_peak();
      break;
    case 5:
      heapreel::get_traced_memory();
      break;
    case 6:
      heapreel_register_tag(std::to_string(step % 100).c_str());
      heapreel_register_domain(std::to_string(step % 100).c_str(), 16);
      break;
    case 7:
      heapreel::get_traced_memory_estimate();
      heapreel::get_tracer_memory();
      break;
    default:
      heapreel_game_frame();
      try {
        const heapreel::Snapshot snapshot = heapreel::take_snapshot();
      } catch (const heapreel::NotTracing&) {
        // Another thread stopped it, or nobody records any more.
      }
  }
}

void play(Clock::time_point end, unsigned seed, std::atomic<long>& steps) {
  std::vector<void*> blocks(64);
  unsigned step = seed;
  do {
    void*& block = blocks[step % blocks.size()];
    std::free(block);
    block = std::malloc(step % 1000);
    control_once(step * 2654435761u >> 16);
    std::thread([] { std::free(std::malloc(1)); }).join();
    steps.fetch_add(1);
    ++step;
  } while (Clock::now() < end);
  for (void* block : blocks) std::free(block);
}

}  // namespace

int main(int, char** arguments) {
  std::printf("%d\n", getpid());
  std::fflush(stdout);
  const Clock::time_point end = Clock::now() + std::chrono::milliseconds(std::atoi(arguments[1]));
  std::atomic<long> steps{0};
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 3; ++seed) threads.emplace_back([&, seed] { play(end, seed, steps); });
  for (std::thread& thread : threads) thread.join();
  std::printf("done\n");
  return steps.load() > 0 ? 7 : 1;
}
