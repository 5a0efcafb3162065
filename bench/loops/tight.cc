#include <pthread.h>
#include <sched.h>

#include <atomic>

#include "bench/loops/call_chain.h"
#include "bench/loops/loops.h"
#include "bench/loops/mapped_array.h"

namespace heapreel::bench::loops {
namespace {

constexpr uint64_t kWarmUpPairs = 10'000;
// Frames between the caller of `call_from` and malloc that are not its levels: its last one and `pairs_of`.
constexpr int kOtherFrames = 2;

[[gnu::noinline]] void pairs_of(uint64_t pairs) {
  for (uint64_t i = 0; i < pairs; ++i) {
    void* p = std::malloc(64);
    escape(p);
    *static_cast<volatile char*>(p) = 1;
    std::free(p);
  }
  asm volatile("" : : : "memory");
}

void pairs_at(int depth, uint64_t pairs) {
  auto work = [pairs] { pairs_of(pairs); };
  if (depth == 8) {
    call_from<8 - kOtherFrames>(work);
  } else if (depth == 30) {
    call_from<30 - kOtherFrames>(work);
  } else {
    std::fprintf(stderr, "tight: depth is 8 or 30, not %d\n", depth);
    std::exit(2);
  }
}

struct Worker {
  int depth;
  uint64_t pairs;
  int others;
  std::atomic<int>* ready;
  pthread_t thread;
  double cpu_ns;
  double wall_ns;
};

void* work_of(void* argument) {
  Worker& worker = *static_cast<Worker*>(argument);
  pairs_at(worker.depth, kWarmUpPairs);
  worker.ready->fetch_add(1);
  while (worker.ready->load() < worker.others) sched_yield();
  const double cpu = thread_cpu_ns();
  const double wall = wall_ns();
  pairs_at(worker.depth, worker.pairs);
  worker.cpu_ns = thread_cpu_ns() - cpu;
  worker.wall_ns = wall_ns() - wall;
  return nullptr;
}

}  // namespace

Measured tight(int depth, int threads, uint64_t pairs) {
  MappedArray<Worker> workers(static_cast<size_t>(threads));
  std::atomic<int> ready = 0;
  for (Worker& worker : workers) {
    worker = {depth, pairs, threads, &ready, {}, 0, 0};
    // The first worker is this thread: with one there is no other.
    if (&worker != workers.begin() && pthread_create(&worker.thread, nullptr, work_of, &worker) != 0) {
      std::perror("pthread_create");
      std::exit(1);
    }
  }
  work_of(workers.begin());
  Measured measured;
  measured.threads = threads;
  measured.events = 2 * pairs * static_cast<uint64_t>(threads);
  for (Worker& worker : workers) {
    if (&worker != workers.begin()) pthread_join(worker.thread, nullptr);
    measured.cpu_ns += worker.cpu_ns;
    measured.wall_ns += worker.wall_ns / threads;
  }
  return measured;
}

}  // namespace heapreel::bench::loops
