#include <pthread.h>
#include <semaphore.h>

#include "bench/loops/call_chain.h"
#include "bench/loops/loops.h"
#include "bench/loops/mapped_array.h"
#include "bench/loops/random_sizes.h"

namespace heapreel::bench::loops {
namespace {

constexpr uint64_t kBatches = 4;
constexpr uint64_t kBatch = 1024;
constexpr int kSite = 900;
constexpr int kMakingDepth = 8;
constexpr int kFreeingDepth = 4;

// Batches of blocks go from one thread to the other. Who has to wait sleeps, so that waiting is no CPU time.
struct HandOver {
  uint64_t batches;  // to be made
  sem_t empty;
  sem_t full;
  double freeing_cpu_ns;
  void* blocks[kBatches][kBatch];
};

double make_all(HandOver& shared) {
  const SizeTable sizes(16, 512);
  Random random;
  const double cpu = thread_cpu_ns();
  for (uint64_t i = 0; i < shared.batches; ++i) {
    sem_wait(&shared.empty);
    for (void*& block : shared.blocks[i % kBatches]) {
      block = allocate_from<std::malloc, kSite, kMakingDepth>(sizes.choose(random.next()));
      *static_cast<volatile char*>(block) = 1;
    }
    sem_post(&shared.full);
  }
  return thread_cpu_ns() - cpu;
}

void* free_all(void* argument) {
  HandOver& shared = *static_cast<HandOver*>(argument);
  const double cpu = thread_cpu_ns();
  for (uint64_t i = 0; i < shared.batches; ++i) {
    sem_wait(&shared.full);
    for (void* block : shared.blocks[i % kBatches]) {
      auto free_one = [block] { std::free(block); };
      call_from<kFreeingDepth>(free_one);
    }
    sem_post(&shared.empty);
  }
  shared.freeing_cpu_ns = thread_cpu_ns() - cpu;
  return nullptr;
}

}  // namespace

Measured hand_over(uint64_t blocks) {
  MappedArray<HandOver> memory(1);
  HandOver& shared = memory[0];
  shared.batches = (blocks + kBatch - 1) / kBatch;
  pthread_t other{};
  if (sem_init(&shared.empty, 0, kBatches) != 0 || sem_init(&shared.full, 0, 0) != 0 ||
      pthread_create(&other, nullptr, free_all, &shared) != 0) {
    std::perror("hand_over");
    std::exit(1);
  }
  Measured measured;
  const double wall = wall_ns();
  measured.cpu_ns = make_all(shared);
  pthread_join(other, nullptr);
  measured.wall_ns = wall_ns() - wall;
  measured.cpu_ns += shared.freeing_cpu_ns;
  measured.threads = 2;
  measured.events = 2 * shared.batches * kBatch;
  return measured;
}

}  // namespace heapreel::bench::loops
