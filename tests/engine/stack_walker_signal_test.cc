// Walks that begin in a signal handler: the interrupted frame may stand at any instruction.
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/memory/arena_address.h"
#include "unwind_oracle.h"

namespace heapreel::engine {
namespace {

Capture g_captured;

void capture_in_handler(int) {
  g_captured = capture();
}

void install(int signal, void (*handler)(int), int flags) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  ASSERT_EQ(sigaction(signal, &action, nullptr), 0);
}

class AlternateStack {
 public:
  AlternateStack() : memory_(256 * 1024) {
    stack_t stack = {};
    stack.ss_sp = memory_.data();
    stack.ss_size = memory_.size();
    sigaltstack(&stack, &before_);
  }
  ~AlternateStack() { sigaltstack(&before_, nullptr); }

 private:
  std::vector<char> memory_;
  stack_t before_ = {};
};

TEST(StackWalkerInSignals, passes_the_frame_of_a_signal) {
  install(SIGUSR1, capture_in_handler, 0);
  raise(SIGUSR1);
  expect_exact(g_captured);
  const auto exact = std::count_if(g_captured.stored.begin(), g_captured.stored.end(), frame_pc::is_exact);
  EXPECT_EQ(exact, 1) << "only the interrupted frame is marked";
}

TEST(StackWalkerInSignals, returns_from_an_alternate_stack) {
  const AlternateStack alternate;
  install(SIGUSR1, capture_in_handler, SA_ONSTACK);
  raise(SIGUSR1);
  expect_exact(g_captured);
}

void raise_another(int) {
  raise(SIGUSR1);
}

TEST(StackWalkerInSignals, passes_nested_signals) {
  const AlternateStack alternate;
  install(SIGUSR1, capture_in_handler, 0);
  install(SIGUSR2, raise_another, SA_ONSTACK);
  raise(SIGUSR2);
  expect_exact(g_captured);
#if HEAPREEL_HAS_FEATURE(thread_sanitizer) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer calls handlers from its own raise(): there is no frame of the kernel's";
#endif
  EXPECT_EQ(std::count_if(g_captured.stored.begin(), g_captured.stored.end(), frame_pc::is_exact), 2);
}

// Interrupted at arbitrary instructions: prologues, epilogues, PLT stubs, leaf functions. The handler checks
// in place and keeps only numbers, since it may not allocate.
constexpr uint32_t kLimit = 512;
std::atomic<int> g_samples{0};
std::atomic<int> g_compared{0};
std::atomic<int> g_different{0};
std::atomic<int> g_unfinished{0};
StackWalker* g_walker = nullptr;
uintptr_t g_example[2][64];

[[gnu::noinline]] void check_in_handler() {
  static uintptr_t ours[kLimit];
  static uintptr_t theirs[kLimit];
  const WalkStart start = HEAPREEL_WALK_START();
  const WalkResult result = g_walker->walk(start, kLimit, ours);
  unw_context_t context;
  unw_cursor_t cursor;
  unw_getcontext(&context);
  unw_init_local(&cursor, &context);
  uint32_t count = 0;
  bool begun = false;
  int step = 0;
  while (count < kLimit && (step = unw_step(&cursor)) > 0) {
    unw_word_t pc = 0;
    unw_get_reg(&cursor, UNW_REG_IP, &pc);
    begun |= pc == start.pc;
    if (pc == 0) break;
    if (begun) theirs[count++] = pc;
  }
  g_samples.fetch_add(1);
  if (!result.reached_bottom || result.approximate) g_unfinished.fetch_add(1);
  if (step < 0) return;  // the judge gave up
  g_compared.fetch_add(1);
  bool equal = count == result.depth;
  for (uint32_t i = 0; equal && i < count; ++i) equal = frame_pc::address(ours[i]) == theirs[i];
  if (!equal && g_different.fetch_add(1) == 0) {
    std::copy_n(ours, 64, g_example[0]);
    std::copy_n(theirs, 64, g_example[1]);
  }
}

void check_asynchronously(int) {
  check_in_handler();
  asm volatile("");
}

[[gnu::noinline]] double work(int levels, double value) {
  std::string text = std::to_string(value);
  const double next = std::sin(value) + std::strtod(text.c_str(), nullptr) + std::pow(value, 0.3);
  return levels == 0 ? next : work(levels - 1, std::fmod(next, 10)) + 1;
}

TEST(StackWalkerInSignals, is_exact_wherever_a_timer_interrupts) {
  const WalkerMemory walker;
  g_walker = walker.operator->();
  unw_set_caching_policy(unw_local_addr_space, UNW_CACHE_NONE);
  const AlternateStack alternate;
  install(SIGPROF, check_asynchronously, SA_ONSTACK | SA_RESTART);
  // One at a time: where the handler takes longer than the interval nothing else would run.
  const itimerval once = {{0, 0}, {0, 1000}};
  double sum = 0;
  const time_t deadline = time(nullptr) + 20;
  while (g_samples.load() < 300 && time(nullptr) < deadline) {
    const int before = g_samples.load();
    setitimer(ITIMER_PROF, &once, nullptr);
    while (g_samples.load() == before && time(nullptr) < deadline) sum += work(20, sum);
  }
  const itimerval never = {};
  setitimer(ITIMER_PROF, &never, nullptr);
  ASSERT_GT(g_compared.load(), 0);
  std::string example;
  for (int i = 0; i < 12; ++i) {
    char line[64];
    snprintf(line, sizeof line, "%lx %lx\n", g_example[0][i], g_example[1][i]);
    example += line;
  }
  EXPECT_EQ(g_different.load(), 0) << example;
  EXPECT_EQ(g_unfinished.load(), 0);
  std::printf("%d samples, %d compared\n", g_samples.load(), g_compared.load());
}

}  // namespace
}  // namespace heapreel::engine
