// Allocates from random stacks: fibers on mapped stacks, handlers on alternate stacks, both within each other, functions
// left by exceptions and by longjmp; in threads that come and go. What each thread does depends on the seed alone.
//
// usage: random_stacks SEED
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cstdint>

namespace {

constexpr size_t kPage = 4096;
constexpr int kWaves = 20;
constexpr unsigned kMostThreads = 8;
constexpr unsigned kKept = 200;

struct ThreadState {
  uint64_t random;
  int budget;  // actions that the present tree of calls may still take
  int fibers;
  int handlers;
  int fibers_at_handler;
  void* kept[kKept];
};
thread_local ThreadState t_state;

unsigned random_below(unsigned n) {
  t_state.random = t_state.random * 6364136223846793005u + 1442695040888963407u;
  return static_cast<unsigned>(t_state.random >> 33) % n;
}

void act(int depth);

template <int kSize>
[[gnu::noinline]] void level(int depth) {
  volatile char frame[16 + kSize * 24];
  frame[0] = kSize;
  act(depth);
  frame[1] = frame[0];
}

[[gnu::noinline]] void level_of_any_size(int depth) {
  auto* const frame = static_cast<volatile char*>(__builtin_alloca(16 + random_below(400)));
  frame[0] = 1;
  act(depth);
  frame[1] = frame[0];
}

void descend(int depth) {
  switch (random_below(7)) {
    case 0:
      return level<0>(depth);
    case 1:
      return level<1>(depth);
    case 2:
      return level<4>(depth);
    case 3:
      return level<5>(depth);
    case 4:
      return level<7>(depth);
    case 5:
      return level_of_any_size(depth);
    default:
      level<8>(depth);
      level<1>(depth);
  }
}

void keep(void* block) {
  void*& place = t_state.kept[random_below(kKept)];
  free(place);
  place = block;
}

// A stack between two pages that nobody may touch.
class MappedStack {
 public:
  explicit MappedStack(size_t pages) : bytes_(pages * kPage) {
    map_ = static_cast<char*>(
        mmap(nullptr, bytes_ + 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (map_ == MAP_FAILED) abort();
    mprotect(map_, kPage, PROT_NONE);
    mprotect(map_ + kPage + bytes_, kPage, PROT_NONE);
  }
  ~MappedStack() { munmap(map_, bytes_ + 2 * kPage); }
  MappedStack(const MappedStack&) = delete;
  MappedStack& operator=(const MappedStack&) = delete;

  stack_t stack(int flags) const { return {.ss_sp = map_ + kPage, .ss_flags = flags, .ss_size = bytes_}; }

 private:
  size_t bytes_;
  char* map_;
};

thread_local int t_fiber_depth;
void fiber_main() {
  descend(t_fiber_depth);
}

[[gnu::noinline]] void run_fiber(int depth) {
  if (t_state.fibers == 3) return;
  ++t_state.fibers;
  const MappedStack stack(16 + random_below(8));
  ucontext_t fiber;
  ucontext_t back;
  getcontext(&fiber);
  fiber.uc_stack = stack.stack(0);
  fiber.uc_link = &back;
  t_fiber_depth = depth;
  makecontext(&fiber, fiber_main, 0);
  swapcontext(&back, &fiber);
  --t_state.fibers;
}

void handle(int) {
  constexpr int kActions = 3;
  const int budget = t_state.budget;
  const int fibers_before = t_state.fibers_at_handler;
  t_state.fibers_at_handler = t_state.fibers;
  ++t_state.handlers;
  t_state.budget = budget < kActions ? budget : kActions;
  descend(2);
  --t_state.handlers;
  t_state.fibers_at_handler = fibers_before;
  t_state.budget = budget - kActions;
}

// A handler on the alternate stack that runs a fiber may not be raised again there: it would begin at the top of the
// alternate stack.
[[gnu::noinline]] void raise_signal() {
  const bool may_nest = t_state.handlers < 2 && t_state.fibers == t_state.fibers_at_handler;
  if (t_state.handlers == 0 || may_nest) raise(random_below(2) != 0 ? SIGUSR1 : SIGUSR2);
}

struct Block {
  explicit Block(size_t bytes) : bytes_(malloc(bytes)) {}
  ~Block() { free(bytes_); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  void* bytes_;
};

[[gnu::noinline]] void throw_from(unsigned depth) {
  const Block block(1 + random_below(60));
  if (depth == 0) throw depth;
  throw_from(depth - 1);
}

template <unsigned kMost>
[[gnu::noinline]] void jump_from(jmp_buf* to, unsigned depth) {
  free(malloc(30));
  if constexpr (kMost != 0) {
    if (depth != 0) jump_from<kMost - 1>(to, depth - 1);
  }
  longjmp(*to, 1);
}

[[gnu::noinline]] void jump(unsigned depth) {
  jmp_buf here;
  if (setjmp(here) == 0) jump_from<8>(&here, depth);
}

void act(int depth) {
  if (t_state.budget-- <= 0) return;
  switch (random_below(16)) {
    case 0:
      keep(malloc(random_below(3000)));
      break;
    case 1:
      keep(calloc(1, random_below(200)));
      break;
    case 2:
      keep(realloc(malloc(random_below(100)), 1 + random_below(5000)));
      break;
    case 3:
      keep(malloc(100'000));
      break;
    case 4:
      run_fiber(depth > 0 ? depth - 1 : 0);
      break;
    case 5:
      raise_signal();
      break;
    case 6:
      try {
        throw_from(random_below(6));
      } catch (unsigned) {
      }
      break;
    case 7:
      jump(random_below(8));
      break;
    default:
      free(malloc(10 + random_below(90)));
  }
  if (depth > 0) descend(depth - 1);
}

void* thread_main(void* seed) {
  constexpr int kAutoDisarm = INT32_MIN;  // SS_AUTODISARM
  t_state.random = reinterpret_cast<uintptr_t>(seed) * 0x9e3779b97f4a7c15 + 12345;
  {
    const MappedStack alternate(24);
    const stack_t on = alternate.stack(random_below(2) != 0 ? 0 : kAutoDisarm);
    const stack_t off = {.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
    if (random_below(3) != 0) sigaltstack(&on, nullptr);
    for (unsigned trees = 1 + random_below(75); trees != 0; --trees) {
      t_state.budget = 40;
      descend(static_cast<int>(random_below(14)));
    }
    sigaltstack(&off, nullptr);
  }
  for (void*& block : t_state.kept) {
    free(block);
    block = nullptr;
  }
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const uintptr_t seed = strtoul(argv[1], nullptr, 10) * 1000;
  struct sigaction action = {};
  action.sa_handler = handle;
  action.sa_flags = SA_ONSTACK | SA_NODEFER;
  sigaction(SIGUSR1, &action, nullptr);
  sigaction(SIGUSR2, &action, nullptr);
  for (int wave = 0; wave < kWaves; ++wave) {
    pthread_t threads[kMostThreads];
    const unsigned count = 1 + (seed / 1000 + wave) % kMostThreads;
    const auto seed_of = [&](unsigned thread) { return reinterpret_cast<void*>(seed + wave * 10 + thread); };
    for (unsigned i = 0; i < count; ++i) {
      if (pthread_create(&threads[i], nullptr, thread_main, seed_of(i)) != 0) return 1;
    }
    thread_main(seed_of(9));
    for (unsigned i = 0; i < count; ++i) pthread_join(threads[i], nullptr);
  }
  puts("done");
}
